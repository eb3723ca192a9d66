/** Class activation maps as the page is told of them. */
import { BitError, type CellGrid, classActivationMap, type Head } from '../bit/index.ts';
import type { ClassMaps, PlainTensor } from './protocol.ts';

/** The maps of some classes of `head` over a last feature map [1, C, h, w]. Throws 'input-shape' for a class it lacks. */
export function mapsOf(
  head: Head,
  classes: readonly number[],
  lastHiddenState: PlainTensor,
  grid: CellGrid,
): ClassMaps {
  const [, , height = 0, width = 0] = lastHiddenState.shape;
  const data = new Float32Array(classes.length * height * width);
  classes.forEach((index, i) => {
    data.set(classActivationMap(head, index, lastHiddenState).data, i * height * width);
  });
  return { classes: [...classes], data, width, height, ...grid };
}

/** Someone else's .onnx gives logits, and nothing from in front of its last layer. */
export function noMaps(): BitError {
  return new BitError('input-shape', 'the open model gives no feature map, so no map of a class can be made');
}
