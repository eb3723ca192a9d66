import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { BitConfig } from '../config.ts';
import type { ProcessorConfig } from '../image/processor-config.ts';

/** The backbone of an exported model. */
export interface ExportSource {
  readonly config: BitConfig;
  readonly processor: ProcessorConfig;
  readonly checkpoint: Checkpoint;
}

export interface ExportOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told after each tensor: values written, and in all. */
  readonly onProgress?: (done: number, total: number) => void;
}
