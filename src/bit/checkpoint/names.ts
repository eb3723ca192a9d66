/**
 * One name for each tensor, whoever saved it. Canonical are the names of transformers' BitModel (no `bit.` prefix) and
 * `classifier.1.*`; BitForImageClassification and BitBackbone write the same with the prefix, timm's ResNetV2
 * (models/resnetv2.py) and Google's .npz (google-research/big_transfer, bit_pytorch/models.py, load_from) other ones.
 */
import { BitError } from '../errors.ts';
import { shown } from './bytes.ts';
import { type Checkpoint, checkpointOf, type TensorInfo } from './checkpoint.ts';
import { cStrides, toCOrder } from './strided.ts';

export type Naming = 'transformers' | 'timm' | 'google';

/** A checkpoint under canonical names, and whose names they were. */
export interface NamedCheckpoint extends Checkpoint {
  readonly naming: Naming;
}

/** Every ResNetV2 trunk has it. */
const STEM = 'embedder.convolution.weight';
const KERNEL = 'standardized_conv2d/kernel';

/** The names by which a scheme is known, and how it says a canonical name. */
const SCHEMES: readonly {
  readonly naming: Naming;
  readonly stems: readonly string[];
  readonly canonical: (name: string) => string;
}[] = [
  {
    naming: 'transformers',
    stems: [STEM, `bit.${STEM}`],
    canonical: (name) => (name.startsWith('bit.') ? name.slice(4) : name),
  },
  { naming: 'timm', stems: ['stem.conv.weight'], canonical: fromTimm },
  { naming: 'google', stems: [`resnet/root_block/${KERNEL}`], canonical: fromGoogle },
];

/**
 * The same checkpoint under canonical names, shapes and layouts (kernels OIHW, the classifier [labels, features]).
 * Throws 'checkpoint-not-bit' when there is no ResNetV2 trunk in it, 'checkpoint-header' when two names mean one tensor.
 */
export function withCanonicalNames(checkpoint: Checkpoint): NamedCheckpoint {
  const { file } = checkpoint;
  const { scheme, wrapper } = schemeOf(checkpoint) ?? {};
  if (!scheme || wrapper === undefined)
    throw new BitError('checkpoint-not-bit', 'is not a BiT model. There is no ResNetV2 trunk in it', {
      file,
    });
  const batchNorm = [...checkpoint.tensors.keys()].find((name) => name.endsWith('.running_mean'));
  if (batchNorm !== undefined) {
    const message = `is not a BiT model. It normalizes by batch (${shown(batchNorm)}), BiT by group`;
    throw new BitError('checkpoint-not-bit', message, { file });
  }
  const sources = new Map<string, TensorInfo>();
  const tensors = new Map<string, TensorInfo>();
  for (const [original, info] of checkpoint.tensors) {
    const name = scheme.canonical(original.startsWith(wrapper) ? original.slice(wrapper.length) : original);
    const known = sources.get(name);
    if (known)
      throw new BitError(
        'checkpoint-header',
        `holds ${shown(name)} twice, as ${shown(known.name)} and ${shown(original)}`,
        {
          file,
        },
      );
    sources.set(name, { ...info, name: original });
    tensors.set(name, { name, dtype: info.dtype, shape: canonicalShape(name, info.shape, scheme.naming) });
  }
  const named = checkpointOf(checkpoint.format, file, tensors, async ({ name }, signal) => {
    const source = sources.get(name);
    if (!source) throw new BitError('checkpoint-tensor', `does not hold a tensor ${name}`, { file });
    const { blob, decode } = await checkpoint.stored(source.name, signal);
    const isHwio = scheme.naming === 'google' && source.shape.length === 4;
    return { blob, decode: isHwio ? (bytes) => oihw(decode(bytes), source.shape) : decode };
  });
  return { ...named, naming: scheme.naming };
}

/** What DataParallel, torch.compile and trainers that keep the net as `model` put in front of every name. */
const WRAPPER = /^(?:(?:module|_orig_mod|model)\.)*/;

/** Whose names these are, and what was put in front of them all. */
function schemeOf({ tensors }: Checkpoint) {
  for (const name of tensors.keys()) {
    const wrapper = WRAPPER.exec(name)?.[0] ?? '';
    const scheme = SCHEMES.find(({ stems }) => stems.includes(name.slice(wrapper.length)));
    if (scheme) return { scheme, wrapper };
  }
  return null;
}

function fromTimm(name: string): string {
  return name
    .replace(/^stem\.conv\./, 'embedder.convolution.')
    .replace(/^stem\.norm\./, 'embedder.norm.')
    .replace(/^stages\.(\d+)\.blocks\./, 'encoder.stages.$1.layers.')
    .replace(/^head\.fc\./, 'classifier.1.');
}

const GOOGLE_UNIT = /^resnet\/block([1-9]\d?)\/unit(\d\d)\/([abc])\/(.+)$/;
const GOOGLE_NORM: ReadonlyMap<string, string> = new Map([
  ['group_norm/gamma', 'weight'],
  ['group_norm/beta', 'bias'],
]);
const GOOGLE_ENDS: ReadonlyMap<string, string> = new Map([
  [`resnet/root_block/${KERNEL}`, STEM],
  ['resnet/group_norm/gamma', 'norm.weight'],
  ['resnet/group_norm/beta', 'norm.bias'],
  ['resnet/head/conv2d/kernel', 'classifier.1.weight'],
  ['resnet/head/conv2d/bias', 'classifier.1.bias'],
]);

/** Blocks and units count from 1; a, b, c are the unit's three convolutions, each behind its norm. */
function fromGoogle(name: string): string {
  const [, block, unit, letter = '', leaf = ''] = GOOGLE_UNIT.exec(name) ?? [];
  if (block === undefined) return GOOGLE_ENDS.get(name) ?? name;
  const layer = `encoder.stages.${Number(block) - 1}.layers.${Number(unit) - 1}.`;
  const place = 'abc'.indexOf(letter) + 1;
  const norm = GOOGLE_NORM.get(leaf);
  if (norm) return `${layer}norm${place}.${norm}`;
  if (leaf === KERNEL) return `${layer}conv${place}.weight`;
  return letter === 'a' && leaf === `proj/${KERNEL}` ? `${layer}downsample.conv.weight` : name;
}

/** timm and Google keep the classifier as a 1x1 convolution, Google all kernels as HWIO. */
function canonicalShape(name: string, shape: readonly number[], naming: Naming): readonly number[] {
  const [h = 0, w = 0, input = 0, output = 0] = shape;
  const kernel = naming === 'google' && shape.length === 4 ? [output, input, h, w] : shape;
  const isPoint = kernel.length === 4 && kernel[2] === 1 && kernel[3] === 1;
  return name === 'classifier.1.weight' && isPoint ? kernel.slice(0, 2) : kernel;
}

function oihw(values: Float32Array, hwio: readonly number[]): Float32Array {
  const [h = 0, w = 0, input = 0, output = 0] = hwio;
  const [byH = 0, byW = 0, byInput = 0, byOutput = 0] = cStrides(hwio);
  return toCOrder(values, [output, input, h, w], [byOutput, byInput, byH, byW]);
}
