/**
 * `npm run exports -- DIR`: writes what is taken away into DIR, for `check.py` to open with the libraries that it is
 * meant for: `DIR/NAME/folder/`, `DIR/NAME/model.onnx`, the pictures, and `expected.json` with the numbers given here.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { bytesOf, cases, LABELS, sha256Of, takeAway } from './written.ts';

export async function main([dir]: string[]): Promise<number> {
  if (dir === undefined) {
    console.error('usage: npm run exports -- DIR');
    return 2;
  }
  for (const one of cases()) {
    const taken = await takeAway(one);
    const at = join(dir, one.name);
    mkdirSync(join(at, 'folder'), { recursive: true });
    for (const { name, blob } of taken.folder) writeFileSync(join(at, 'folder', name), await bytesOf(blob));
    writeFileSync(join(at, 'model.onnx'), await bytesOf(taken.onnx));
    const pictures = taken.answers.map(({ picture, pixel_values, logits }) => {
      const name = basename(picture);
      copyFileSync(picture, join(at, name));
      writeFileSync(join(at, `${name}.pixel_values.bin`), pixel_values.data);
      return { picture: name, pixel_values: pixel_values.dims, logits };
    });
    const expected = { labels: LABELS, sha256: await sha256Of(taken), pictures };
    writeFileSync(join(at, 'expected.json'), `${JSON.stringify(expected, null, 1)}\n`);
    console.log(`${one.name}: ${pictures.length} pictures`);
  }
  return 0;
}
