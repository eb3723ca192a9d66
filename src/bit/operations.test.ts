import { expect, test } from 'vitest';
import { ARCHITECTURES, CATALOGUE } from './catalogue.ts';
import { parseBitConfig } from './config.ts';
import { multiplyAdds } from './operations.ts';

/**
 * timm's own counts, from its model cards. They differ from each other by 2 % (R50x1: 4.23 at 224 px, 16.6 at 448, of which
 * a convolution has four times the places), as some count norms too: an estimate of time needs no more than 4 %.
 */
const stated = CATALOGUE.filter(({ naming, gmacs }) => naming === 'timm' && gmacs !== null);

test.each(stated.map((row) => [row.name, row] as const))('%s: as its model card counts', (_, row) => {
  if (row.architecture === null || row.gmacs === null) throw new Error('no count');
  const { depths, factor } = ARCHITECTURES[row.architecture];
  const config = parseBitConfig({
    embedding_size: 64 * factor,
    hidden_sizes: [256, 512, 1024, 2048].map((width) => width * factor),
    depths,
    num_labels: row.classes,
  });
  const { size } = row.input;
  const counted = multiplyAdds(config, { height: size, width: size }) / 1e9;
  expect(Math.abs(counted / row.gmacs - 1)).toBeLessThan(0.04);
});
