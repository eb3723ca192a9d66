/** Blocking the worker: how long a step may, in milliseconds, before the page's watchdog calls it hung; and a pause. */

/** A run of a network of `weights` values: multiply-adds at half a GMAC/s, thirty times slower than measured. */
export function runBudget(weights: number, shape: readonly number[]): number {
  const [n = 1, , height = 0, width = 0] = shape;
  // ResNet-50's multiply-adds are 3.5 per weight and position of the last feature map
  return 5_000 + (3.5 * weights * n * ((height * width) / 1024)) / 5e5;
}

/** Building a session. While weights are handed over, each tensor is a sign of life of its own. */
export function sessionBudget(weights: number): number {
  return 60_000 + weights / 1e4;
}

/** Lets in what the page said while the thread was blocked, such as a cancel. */
export function listen(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
