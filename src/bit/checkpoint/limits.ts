/** Limits on what a checkpoint may claim. Each is far above any real file and stops one way to exhaust a reader. */

/** R152x4 has 466 tensors; sharded language models some thousands. */
export const MAX_TENSORS = 20_000;
/** Convolution kernels have rank 4. */
export const MAX_RANK = 8;
/** The longest name in a BiT checkpoint has under 80 bytes. */
export const MAX_NAME_BYTES = 512;
/** The safetensors header of a model with 20,000 tensors takes about 3 MB, its pickle about 6 MB. */
export const MAX_HEADER_BYTES = 16 * 2 ** 20;
/** One member a tensor, and the handful that torch adds. */
export const MAX_ZIP_MEMBERS = MAX_TENSORS + 100;
/** R152x4's state dict takes 15,000 opcodes: 20,000 tensors, 650,000. */
export const MAX_PICKLE_OPCODES = 2_000_000;
/** The older stream's pickles around its state dict: a number, a number, and three facts about the system. */
export const MAX_SMALL_PICKLE_OPCODES = 100;
/** torch.save pickles 1,000 dict items at a time, so 2,000 values wait on the stack. */
export const MAX_PICKLE_STACK = 10_000;
/** Pickle memoizes about eight values a tensor, and numbers them from 0. */
export const MAX_PICKLE_MEMO = 200_000;
/** Texts, containers, dict items and calls. A state dict makes about 13 a tensor, each under 100 bytes here. */
export const MAX_PICKLE_VALUES = 300_000;
/** numpy writes 118 bytes for an array of rank 4; its own reader stops at 10,000. */
export const MAX_NPY_HEADER_BYTES = 10_000;
/** R152x4 has 466 arrays. Looking into a deflated one costs 130 µs. */
export const MAX_DEFLATED_ARRAYS = 4_000;
/** Trained weights deflate to nine tenths; a run of zeros to a thousandth. */
export const MAX_INFLATE_RATIO = 200;
/** Arrays up to this size (a bias of zeros) may deflate better than that. */
export const INFLATE_FREE_BYTES = 2 ** 20;
