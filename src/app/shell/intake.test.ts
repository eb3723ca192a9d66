import { describe, expect, it } from 'vitest';
import { looksLikeWeights, pathOf, sortFiles } from './intake.ts';

const file = (name: string, bytes: number[] = [], type = '') =>
  new File([new Uint8Array(bytes)], name, { type });
function inFolder(path: string): File {
  return Object.assign(file(path.split('/').at(-1) ?? ''), { relativePath: `./${path}` });
}
const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
const safetensors = [0x40, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22];
const zip = [0x50, 0x4b, 3, 4];

describe('sorting files', () => {
  it('parts a checkpoint and its JSON from pictures', async () => {
    const sorted = await sortFiles([
      file('b.png'),
      file('model.safetensors'),
      file('config.json'),
      file('a10.jpg'),
      file('a9.jpg'),
    ]);
    expect(names(sorted.model)).toEqual(['config.json', 'model.safetensors']);
    expect(names(sorted.pictures)).toEqual(['a9.jpg', 'a10.jpg', 'b.png']);
  });

  it('knows weights by their bytes when the name says nothing', async () => {
    expect(names((await sortFiles([file('weights', safetensors), file('x.dat', zip)])).model)).toEqual([
      'weights',
      'x.dat',
    ]);
    expect(await looksLikeWeights(file('t', [0x80, 2, 0x7d]))).toBe(true);
    expect(await looksLikeWeights(file('jpeg', [0xff, 0xd8, 0xff, 0xe0]))).toBe(false);
    expect(await looksLikeWeights(file('empty'))).toBe(false);
  });

  it('takes with an .onnx, known by its bytes, the weights and labels of any name beside it', async () => {
    const onnx = file('network', [8, 7, 0x12, 7]);
    const sorted = await sortFiles([onnx, file('network.data'), file('labels.txt'), file('a.png')]);
    expect(names(sorted.model)).toEqual(['labels.txt', 'network', 'network.data']);
    expect(names(sorted.pictures)).toEqual(['a.png']);
    expect(names((await sortFiles([file('labels.txt'), file('w.bin')])).pictures)).toEqual(['labels.txt']);
  });

  it('trusts the name of a picture: its bytes are for the decoder to judge', async () => {
    expect(names((await sortFiles([file('odd.png', zip)])).pictures)).toEqual(['odd.png']);
  });

  it('opens JSON alone as a model, but not JSON among pictures', async () => {
    expect(names((await sortFiles([file('config.json')])).model)).toEqual(['config.json']);
    expect(names((await sortFiles([file('config.json'), file('a.png')])).pictures)).toEqual([
      'a.png',
      'config.json',
    ]);
  });

  it('names the one folder, and leaves out what systems put there', async () => {
    const sorted = await sortFiles([
      inFolder('coast/a.jpg'),
      inFolder('coast/.DS_Store'),
      inFolder('coast/deep/b.jpg'),
    ]);
    expect(sorted.folder).toBe('coast');
    expect(names(sorted.pictures)).toEqual(['a.jpg', 'b.jpg']);
    expect((await sortFiles([inFolder('coast/a.jpg'), inFolder('hills/a.jpg')])).folder).toBe('');
    expect((await sortFiles([file('a.jpg')])).folder).toBe('');
    expect(pathOf(inFolder('coast/a.jpg'))).toBe('coast/a.jpg');
  });
});
