import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { isolation } from './e2e/tools/serve.mjs';
import { offline } from './src/sw/build.ts';

export default defineConfig({
  base: './', // dist/ works under any path of any static host
  plugins: [react(), tailwindcss(), offline()],
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    assetsInlineLimit: 0,
  },
  server: { headers: isolation }, // as `npm start` serves it
  preview: { headers: isolation },
  test: { include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'e2e/**/*.test.{ts,mjs}'], testTimeout: 60_000 },
});
