import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCheckpoint } from '../../src/bit/index.ts';
import { REPOS, serveModels } from './models.ts';
import { type HubServer, startHub } from './server.ts';

let server: HubServer;
beforeAll(async () => {
  server = await startHub();
  serveModels(server, { fullSize: false });
});
afterAll(() => server.close());

interface Sibling {
  readonly rfilename: string;
}

test.each([
  [REPOS.tiny, 'pytorch_model.bin'],
  [REPOS.sharded, 'model.safetensors.index.json'],
  [REPOS.fineTune, 'model.safetensors'],
] as const)('%s opens as a BiT when its files are fetched', async (repo, weights) => {
  const { siblings } = (await (await fetch(`${server.hub}/api/models/${repo}`)).json()) as {
    siblings: Sibling[];
  };
  const names = siblings
    .map(({ rfilename }) => rfilename)
    .filter((name) => /safetensors|pytorch_model|json$/.test(name));
  expect(names).toContain(weights);
  const files = await Promise.all(
    names.map(async (name) => ({
      name,
      blob: await (await fetch(`${server.hub}/${repo}/resolve/main/${name}`)).blob(),
    })),
  );
  const { checkpoint, configJson } = await openCheckpoint(files);
  expect(configJson).toBeDefined();
  expect(checkpoint.tensors.has('embedder.convolution.weight')).toBe(true);
});

test('the others are what their names say', async () => {
  const info = async (repo: string) => (await fetch(`${server.hub}/api/models/${repo}`)).json();
  expect((await info(REPOS.notBit)).config.model_type).toBe('vit');
  expect((await info(REPOS.gated)).gated).toBe('manual');
  expect((await fetch(`${server.hub}/api/models/${REPOS.private}`)).status).toBe(401);
  expect((await info(REPOS.empty)).siblings).toHaveLength(1);
  expect((await fetch(`${server.plain}/mirror/tiny/config.json`)).status).toBe(200);
});
