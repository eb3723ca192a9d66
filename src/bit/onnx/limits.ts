/** Limits on what an .onnx may claim. Each is far above any real classifier and stops one way to exhaust a reader. */

/** Protobuf's own limit for one message; larger models keep their weights outside. */
export const MAX_ONNX_BYTES = 2 ** 31 - 1;
/** R152x4 exported with its weight standardization has 90,000. */
export const MAX_FIELDS = 2_000_000;
/** R152x4 exported node by node has 6,000. */
export const MAX_NODES = 100_000;
/** Initializers, inputs and outputs: old exporters list each weight as an input too. */
export const MAX_VALUES = 100_000;
/** The runtime's kernels go up to 8 or so; the format has no bound. */
export const MAX_RANK = 64;
/** Graphs in graphs, as If has them; exporters nest two or three. */
export const MAX_GRAPH_DEPTH = 8;
/** torch.onnx names values by their path through the modules. */
export const MAX_NAME_BYTES = 4096;
/** 21,843 class names with their numbers take 1 MB. */
export const MAX_METADATA_BYTES = 8 * 2 ** 20;
