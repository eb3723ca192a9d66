/** Configs that the reference builds or runs into an error: said before anything is built, naming the fields. */
import type { BitConfig } from './config.ts';
import { BitError } from './errors.ts';
import { midWidth, stageWidths } from './widths.ts';

/** Throws 'config-conflict' or 'config-field' for a config whose backbone the reference cannot build or run at any size. */
export function checkConflicts(config: BitConfig, file: string | undefined): void {
  if (config.embedding_size === 1) {
    throw new BitError(
      'config-field',
      'embedding_size 1 leaves one value in a 1 x 1 filter, which has no variance',
      {
        file,
      },
    );
  }
  const widths = stageWidths(config);
  let before = config.embedding_size;
  for (const [i, width] of widths.entries()) {
    if (config.depths[i] === 0 && width !== before) {
      throw conflict(
        `depths gives stage ${i + 1} no layer, so its ${before} channels cannot become the ${width} of hidden_sizes`,
        file,
      );
    }
    before = width;
  }
  if (config.layer_type === 'preactivation') {
    const last = config.hidden_sizes.at(-1) ?? 0;
    if (last !== widths.at(-1)) {
      throw conflict(
        `${describeWidth(config)}, but the final norm of layer_type preactivation takes hidden_sizes' last, ${last}`,
        file,
      );
    }
  }
  const normed: [string, number][] = widths.flatMap((width, i) => [
    [`stage ${i + 1}'s width ${width}`, width],
    [`stage ${i + 1}'s middle width ${midWidth(width)}`, midWidth(width)],
  ]);
  normed.unshift([`embedding_size ${config.embedding_size}`, config.embedding_size]);
  for (const [what, channels] of normed) {
    if (channels % config.num_groups !== 0)
      throw conflict(`num_groups ${config.num_groups} does not divide ${what}`, file);
  }
}

/**
 * Throws 'config-conflict' when a classifier cannot stand on the backbone: the reference sizes it by the raw last
 * hidden_sizes, the network by make_div(last * width_factor).
 */
export function checkHead(config: BitConfig, file?: string): void {
  const last = config.hidden_sizes.at(-1) ?? 0;
  if (last !== stageWidths(config).at(-1)) {
    throw conflict(`${describeWidth(config)}, but the classifier takes hidden_sizes' last, ${last}`, file);
  }
}

/** Why the last stage is as wide as it is. */
function describeWidth(config: BitConfig): string {
  const widths = stageWidths(config);
  const size = config.hidden_sizes[widths.length - 1] ?? 0;
  const count =
    config.depths.length < config.hidden_sizes.length
      ? `depths has ${config.depths.length} stages of hidden_sizes' ${config.hidden_sizes.length}, so `
      : '';
  const times = config.width_factor === 1 ? '' : ` times width_factor ${config.width_factor}`;
  return `${count}the last stage has ${widths.at(-1)} channels (${size}${times}, rounded to a multiple of 8)`;
}

function conflict(message: string, file: string | undefined): BitError {
  return new BitError('config-conflict', message, { file });
}
