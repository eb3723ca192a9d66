/** `npm run icons`: draws the PNG icons of the installed page from public/icon.svg. */
import { mkdirSync, readFileSync } from 'node:fs';
import { launch } from './site.ts';

const SIZES = [192, 512];
/** The light theme's sheet: icons lie on home screens of any colour. */
const SHEET = '#ffffff';
const KINDS = [
  { name: 'icon', drawing: 0.74, radius: 0.22 },
  { name: 'maskable', drawing: 0.56, radius: 0 }, // any mask leaves the middle circle of 80 % of the width
];

export async function main(): Promise<number> {
  const svg = readFileSync('public/icon.svg').toString('base64');
  mkdirSync('public/icons', { recursive: true });
  const browser = await launch({ webgpu: false });
  try {
    for (const size of SIZES) {
      for (const { name, drawing, radius } of KINDS) {
        const page = await browser.newPage({
          viewport: { width: size, height: size },
          colorScheme: 'light',
        });
        await page.setContent(`<style>
          body { margin: 0; height: 100vh; display: grid; place-items: center; background: ${SHEET}; border-radius: ${radius * size}px }
          html { background: transparent; overflow: hidden }
        </style><img width="${drawing * size}" src="data:image/svg+xml;base64,${svg}" alt="">`);
        await page.locator('img').evaluate((img) => (img as HTMLImageElement).decode());
        await page.screenshot({ path: `public/icons/${name}-${size}.png`, omitBackground: true });
        await page.close();
      }
    }
    return 0;
  } finally {
    await browser.close();
  }
}
