/**
 * How the published BiT checkpoints were trained to see pictures: timm's default_cfgs (models/resnetv2.py), told apart
 * by what the tensors show. All have mean = std = 0.5.
 */
export interface InputRow {
  readonly classes: number;
  /** Width factor of the stem (64 channels a factor); null for any. */
  readonly factor: number | null;
  readonly size: number;
  /** Part of the resized picture's short edge that the centre crop keeps. */
  readonly cropPct: number;
  readonly interpolation: 'bilinear' | 'bicubic';
}

/**
 * First match wins. The distilled R50x1 (224, bicubic) and the R152x2 teachers have the tensors of their siblings, so
 * only their config.json tells them apart.
 */
const INPUTS: readonly InputRow[] = [
  { classes: 21_843, factor: null, size: 224, cropPct: 0.875, interpolation: 'bilinear' },
  { classes: 1_000, factor: 4, size: 480, cropPct: 1, interpolation: 'bilinear' },
  { classes: 1_000, factor: null, size: 448, cropPct: 1, interpolation: 'bilinear' },
];

/**
 * The input of the published checkpoint with that many classes and that stem width; any other number of classes is
 * taken for a fine-tune in the manner of the 1,000-class ones.
 */
export function publishedInput(classes: number, stemWidth: number): Omit<InputRow, 'classes' | 'factor'> {
  const known = INPUTS.some((row) => row.classes === classes) ? classes : 1_000;
  const fits = ({ classes, factor }: InputRow): boolean =>
    classes === known && (factor === null || factor * 64 === stemWidth);
  return INPUTS.find(fits) ?? { size: 448, cropPct: 1, interpolation: 'bilinear' };
}
