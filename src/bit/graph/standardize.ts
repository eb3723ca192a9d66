/** Added to the variance of every weight-standardized kernel in BiT (transformers `WeightStandardizedConv2d`; timm `StdConv2d`). */
export const STANDARDIZATION_EPSILON = 1e-8;

/**
 * Weight standardization (Qiao et al., arXiv:1903.10520), in place: each output channel's kernel becomes
 * (w - mean) / sqrt(var + 1e-8), with the biased variance, computed in float64.
 *
 * @param kernel float32 values of shape [outputChannels, n], C order
 */
export function standardize(kernel: Float32Array, outputChannels: number): void {
  const n = kernel.length / outputChannels;
  for (let start = 0; start < kernel.length; start += n) {
    let sum = 0;
    for (let i = start; i < start + n; i++) sum += kernel[i] ?? 0;
    const mean = sum / n;
    let squares = 0;
    for (let i = start; i < start + n; i++) {
      const d = (kernel[i] ?? 0) - mean;
      squares += d * d;
    }
    const scale = 1 / Math.sqrt(squares / n + STANDARDIZATION_EPSILON);
    for (let i = start; i < start + n; i++) kernel[i] = ((kernel[i] ?? 0) - mean) * scale;
  }
}
