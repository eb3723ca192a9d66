import type { ModelInfo } from '../../engine/protocol.ts';
import type { Strings } from '../strings.ts';

/** Pillow's filter numbers, as preprocessor_config.json stores them. */
const FILTERS = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'] as const;

/** "short edge to 80, bicubic, centre crop 80": what is done to the pixels' geometry before the network. */
export function preparedWords(processor: ModelInfo['processor'], t: Strings): string {
  const { doResize, size, resample, doCenterCrop, cropSize } = processor;
  const parts: string[] = [];
  if (doResize) {
    const filter = t.filters[FILTERS[resample] ?? 'bicubic'];
    parts.push(
      'shortestEdge' in size
        ? t.prepared.shortEdge(size.shortestEdge, filter)
        : t.prepared.size(size.width, size.height, filter),
    );
  }
  if (doCenterCrop) {
    const { width, height } = cropSize;
    parts.push(t.prepared.crop(width === height ? String(width) : `${width} × ${height}`));
  }
  return parts.length === 0 ? t.prepared.asIs : parts.join(t.comma);
}

/** The side that the network sees, for a table: "80", "448 × 320", or "any" when nothing fixes it. */
export function inputSize({ processor }: Pick<ModelInfo, 'processor'>): string {
  const { doResize, size, doCenterCrop, cropSize } = processor;
  const fixed = doCenterCrop ? cropSize : doResize && !('shortestEdge' in size) ? size : null;
  if (fixed === null) return '–';
  return fixed.width === fixed.height ? String(fixed.width) : `${fixed.width} × ${fixed.height}`;
}
