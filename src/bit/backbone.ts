/** What BitBackbone gives: which stages, under which names, how wide. */
import type { BitConfig } from './config.ts';
import { BitError } from './errors.ts';
import { stageWidths } from './widths.ts';

/** One feature map of a backbone. */
export interface BackboneStage {
  readonly name: string;
  /** Position among the hidden states; 0 is the stem. */
  readonly index: number;
  /** Channels of the feature map. */
  readonly channels: number;
  /**
   * What the reference's `BitBackbone.channels` says: embedding_size and the raw hidden_sizes, which are wrong where
   * width_factor or the rounding to 8 changes a stage's width.
   */
  readonly reportedChannels: number;
}

/**
 * The feature maps that out_features and out_indices choose, in order. Throws 'config-conflict' when one is a stage
 * that depths has and hidden_sizes has not: BitModel leaves it out, BitBackbone fails on it.
 */
export function backboneStages(config: BitConfig, file?: string): BackboneStage[] {
  const widths = [config.embedding_size, ...stageWidths(config)];
  const raw = [config.embedding_size, ...config.hidden_sizes];
  return config.out_features.map((name) => {
    const index = config.stage_names.indexOf(name);
    const channels = widths[index];
    const reportedChannels = raw[index];
    if (channels === undefined || reportedChannels === undefined) {
      throw new BitError(
        'config-conflict',
        `out_features asks for ${name}, which depths has, but hidden_sizes [${config.hidden_sizes.join(', ')}] has not`,
        { file },
      );
    }
    return { name, index, channels, reportedChannels };
  });
}

/** A list from a file, cut: there are at most 16 stages and the stem. */
const listed = (values: readonly unknown[] | undefined): string => (values ?? []).slice(0, 17).join(', ');

/**
 * The fields' alignment (backbone_utils.py): each of the two gives the other; the last stage when neither is given.
 * Throws 'config-field' for a stage that is not there, 'config-conflict' for fields that disagree or are out of order.
 */
export function alignOutputs(
  features: readonly string[] | undefined,
  indices: readonly number[] | undefined,
  names: readonly string[],
  file: string | undefined,
): Pick<BitConfig, 'out_features' | 'out_indices'> {
  const positions = indices?.map((index) => {
    if (index >= names.length || index < -names.length) {
      throw new BitError(
        'config-field',
        `out_indices has ${index}, but there are ${names.length} stages with the stem`,
        { file },
      );
    }
    return index < 0 ? index + names.length : index;
  });
  const named = features?.map((feature) => {
    const position = names.indexOf(feature);
    if (position < 0)
      throw new BitError(
        'config-field',
        `out_features has "${feature.slice(0, 50)}", expected ${names.join(', ')}`,
        { file },
      );
    return position;
  });
  if (positions && named && positions.join() !== named.join()) {
    throw new BitError(
      'config-conflict',
      `out_features [${listed(features)}] and out_indices [${listed(indices)}] name different stages`,
      { file },
    );
  }
  const chosen = named ?? positions ?? [names.length - 1];
  if (chosen.some((position, i) => i > 0 && position <= (chosen[i - 1] ?? 0))) {
    throw new BitError(
      'config-conflict',
      'out_features and out_indices must be in the order of the stages, without duplicates',
      { file },
    );
  }
  return {
    out_features: chosen.map((i) => names[i] ?? ''),
    out_indices: positions && indices ? indices : chosen,
  };
}
