/** What a person calls things. */

export const MAX_NAME = 512;

/** A name as it is kept: a folder's name is compared with a class's after this. */
export const keptName = (name: string): string => name.trim().slice(0, MAX_NAME).trimEnd();
