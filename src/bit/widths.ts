/** Channels of a BiT, as modeling_bit.py derives them from a config. */
import type { BitConfig } from './config.ts';

/**
 * Rounds a width to a multiple of 8, at least 8, and never below 0.9 of it (modeling_bit.py, make_div).
 */
export function makeDiv(value: number): number {
  const rounded = Math.max(8, Math.floor(Math.trunc(value + 4) / 8) * 8);
  return rounded < 0.9 * value ? rounded + 8 : rounded;
}

/** Output channels of each stage. */
export function stageWidths(config: Pick<BitConfig, 'depths' | 'hidden_sizes' | 'width_factor'>): number[] {
  const stages = Math.min(config.depths.length, config.hidden_sizes.length);
  return config.hidden_sizes.slice(0, stages).map((size) => makeDiv(size * config.width_factor));
}

/** Channels between a unit's 1x1 convolutions, for a stage of `width` channels. */
export function midWidth(width: number): number {
  return makeDiv(width * 0.25);
}
