/** A network cut into pieces that run one after another, so that never more than one piece's weights are held. */
import type { BitConfig } from '../config.ts';
import { stageWidths } from '../widths.ts';
import { buildGraph, type PartRange, partCount } from './resnetv2.ts';

/**
 * Neighbouring parts joined while their float32 weights stay within `mostBytes`; a part that is larger stands alone.
 * Together the ranges are the whole network, in order. None reaches over a part of `cuts`: one ends before it.
 */
export function segmentRanges(
  config: BitConfig,
  mostBytes: number,
  cuts: readonly number[] = [],
): PartRange[] {
  const ranges: PartRange[] = [];
  let held = Number.POSITIVE_INFINITY;
  for (let part = 0; part < partCount(config); part++) {
    const bytes = 4 * buildGraph(config, { parts: { from: part, to: part + 1 } }).weightLength;
    const last = ranges.at(-1);
    if (last && held + bytes <= mostBytes && !cuts.includes(part)) {
      ranges[ranges.length - 1] = { from: last.from, to: part + 1 };
      held += bytes;
    } else {
      ranges.push({ from: part, to: part + 1 });
      held = bytes;
    }
  }
  return ranges;
}

/** The parts in front of which transformers' hidden_states lie: behind the stem, then behind each stage. */
export function hiddenStateParts(config: BitConfig): number[] {
  const parts = [1];
  for (const [i] of stageWidths(config).entries()) parts.push((parts[i] ?? 0) + (config.depths[i] ?? 0));
  return parts;
}
