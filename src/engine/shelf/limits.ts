/**
 * Logits are kept with an answer up to so many classes: a row of 1,000 takes 4 kB, 10,000 pictures 80 MB at most; 21,843 in
 * every row would fill the browser's room for models.
 */
export const MAX_KEPT_LOGITS = 2_048;
