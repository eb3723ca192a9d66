import type { ModelInfo, ModelSource } from '../../engine/protocol.ts';
import type { Strings } from '../strings.ts';

type Processor = Pick<
  ModelInfo['processor'],
  'doResize' | 'size' | 'resample' | 'doCenterCrop' | 'cropSize' | 'doPad' | 'padSize'
>;

/** Pillow's filter numbers, as preprocessor_config.json stores them. */
const FILTERS = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'] as const;

function extentWords({ width, height }: { readonly width: number; readonly height: number }): string {
  return width === height ? String(width) : `${width} × ${height}`;
}

function resizeWords({ size, resample }: Processor, t: Strings): string {
  const filter = t.filters[FILTERS[resample ?? 3] ?? 'bicubic'];
  if (size === null) return t.prepared.asIs;
  if ('shortestEdge' in size) return t.prepared.shortEdge(size.shortestEdge, filter);
  if ('maxHeight' in size) return t.prepared.within(`${size.maxWidth} × ${size.maxHeight}`, filter);
  return t.prepared.size(`${size.width} × ${size.height}`, filter);
}

/** "short edge to 80, bicubic, centre crop 80": what is done to the pixels' geometry before the network. */
export function preparedWords(processor: Processor, t: Strings): string {
  const { doResize, doCenterCrop, cropSize, doPad, padSize } = processor;
  const parts = [
    ...(doResize ? [resizeWords(processor, t)] : []),
    ...(doCenterCrop && cropSize !== null ? [t.prepared.crop(extentWords(cropSize))] : []),
    ...(doPad && padSize !== null ? [t.prepared.pad(extentWords(padSize))] : []),
  ];
  return parts.length === 0 ? t.prepared.asIs : parts.join(t.comma);
}

/** What the network sees, for a table: "80", "448 × 320", or a dash when nothing fixes it. */
export function inputSize(processor: Processor): string {
  const { doResize, size, doCenterCrop, cropSize } = processor;
  if (doCenterCrop && cropSize !== null) return extentWords(cropSize);
  return doResize && size !== null && 'width' in size ? extentWords(size) : '–';
}

/** A word of warning where the preprocessing is not what the model's files say; null where it is. */
export function preparedNote(info: ModelInfo, source: ModelSource, t: Strings): string | null {
  if (source.kind !== 'embedded' && source.choices?.processor !== undefined) return t.prepared.chosen;
  const assumed = info.assumed.includes('input') || info.assumed.includes('normalization');
  return assumed ? t.prepared.assumed : null;
}
