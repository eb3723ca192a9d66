import { BitError } from '../errors.ts';
import type { ProcessorConfig } from './processor-config.ts';
import type { ProcessorBackend } from './weights.ts';

/**
 * Rescale and normalize as one table a channel: the float32 that each byte becomes. 256 values carry all of the
 * reference's rounding, and a picture then costs one look-up a sample.
 * PIL: float32(v * factor), then (x - mean) / std in float32. torchvision folds the factor into mean and std, and
 * stretches a list of one to all channels, or one channel to a list: three means make three channels of a gray picture.
 * Throws `config-conflict` when mean or std do not fit the channels, `config-field` where torchvision divides by 0.
 */
export function valueTables(
  config: ProcessorConfig,
  backend: ProcessorBackend,
  channels: number,
): Float32Array[] {
  const stretches = backend === 'torchvision';
  const { imageMean, imageStd, doNormalize } = config;
  const count =
    stretches && doNormalize && channels === 1 && Array.isArray(imageMean) ? imageMean.length : channels;
  const means = values('image_mean', doNormalize ? imageMean : 0, count, stretches);
  const stds = values('image_std', doNormalize ? imageStd : 1, count, stretches);
  const factor = config.doRescale ? config.rescaleFactor : null;
  if (stretches && doNormalize) {
    if (factor === 0) {
      throw new BitError('config-field', 'rescale_factor is 0, which the torchvision processor divides by');
    }
    if (factor === null && stds.includes(0)) {
      throw new BitError(
        'config-field',
        'image_std holds a 0, which the torchvision processor refuses without do_rescale',
      );
    }
  }
  return means.map((mean, channel) => {
    const std = stds[channel] ?? 1;
    const map = doNormalize ? normalizing(backend, mean, std, factor) : rescaling(backend, factor);
    return Float32Array.from({ length: 256 }, (_, byte) => map(byte));
  });
}

function values(
  field: string,
  value: number | readonly number[] | null,
  channels: number,
  stretches: boolean,
): readonly number[] {
  if (value === null) throw new BitError('config-conflict', `do_normalize is on, but ${field} is null`);
  if (typeof value === 'number') return new Array<number>(channels).fill(value);
  const [only = 0] = value;
  if (stretches && value.length === 1) return new Array<number>(channels).fill(only);
  if (value.length !== channels) {
    throw new BitError(
      'config-conflict',
      `${field} has ${value.length} value${value.length === 1 ? '' : 's'} for a picture of ${channels} channel${channels === 1 ? '' : 's'}`,
    );
  }
  return value;
}

function rescaling(backend: ProcessorBackend, factor: number | null): (byte: number) => number {
  if (factor === null) return (byte) => byte;
  if (backend === 'pil') return (byte) => byte * factor;
  const factor32 = Math.fround(factor);
  return (byte) => byte * factor32;
}

function normalizing(
  backend: ProcessorBackend,
  mean: number,
  std: number,
  factor: number | null,
): (byte: number) => number {
  let mean32 = Math.fround(mean);
  let std32 = Math.fround(std);
  if (backend === 'pil' || factor === null) {
    return (byte) => Math.fround(Math.fround(byte * (factor ?? 1)) - mean32) / std32;
  }
  const unit = Math.fround(1 / factor);
  mean32 = Math.fround(mean32 * unit);
  std32 = Math.fround(std32 * unit);
  return (byte) => Math.fround(byte - mean32) / std32;
}
