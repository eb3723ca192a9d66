/** `npm run samples`: asks the embedded model about the sample pictures, in a real browser, and stores its answers. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { SAMPLES, type StoredAnswers } from '../../src/app/classify/samples.ts';
import type { Classification, Engine, ModelInfo } from '../../src/engine/protocol.ts';
import { launch } from './site.ts';
import { serveSources } from './sources.ts';

declare const createEngine: () => Engine;

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** What the first paint needs of an answer: of the maps the best class's. */
function stripped({ maps, ...answer }: Classification): Classification {
  if (maps === null) throw new Error('the answer has no maps');
  const places = maps.width * maps.height;
  const best = { ...maps, classes: maps.classes.slice(0, 1), data: maps.data.slice(0, places) };
  return { ...answer, features: new Float32Array(), maps: best };
}

/** JSON has no typed arrays, and three digits draw a map. */
const plain = (_: string, value: unknown): unknown =>
  value instanceof Float32Array ? Array.from(value, (x) => Number(x.toPrecision(3))) : value;

export async function main(): Promise<number> {
  const server = await serveSources();
  const browser = await launch({ webgpu: false });
  try {
    const page = await browser.newPage();
    await server.open(page, 'src/engine/client.ts', 'createEngine');
    const { model, answers } = await page.evaluate(
      async (files): Promise<{ model: ModelInfo; answers: Classification[] }> => {
        const engine = createEngine();
        const model = await engine.open({ kind: 'embedded' }, { device: 'wasm' });
        const answers: Classification[] = [];
        for (const file of files)
          answers.push(
            await engine.classify(await (await fetch(`/samples/${file}`)).blob(), { name: file, maps: true }),
          );
        return { model, answers };
      },
      SAMPLES.map(({ file }) => file),
    );
    const stored: StoredAnswers = {
      model: sha256('public/models/model.safetensors'),
      config: sha256('public/models/config.json'),
      classes: model.labels.length,
      evaluation: model.evaluation,
      samples: SAMPLES.map(({ file }, i) => ({
        file,
        classification: stripped(answers[i] as Classification),
      })),
    };
    writeFileSync('public/samples/answers.json', `${JSON.stringify(stored, plain, 1)}\n`);
    for (const { file, classification } of stored.samples) {
      console.log(
        `${file}: ${classification.scores.map(({ label, score }) => `${label} ${(100 * score).toFixed(1)}`).join(', ')}`,
      );
    }
    return 0;
  } finally {
    await browser.close();
    await server.close();
  }
}
