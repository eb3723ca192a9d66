/** What folders say about the pictures in them. */

/**
 * The folder right around each picture, where folders name classes: in a folder of folders, or where several folders came
 * together; null for a picture of one folder or of none. Paths have slashes, the top folder first.
 */
export function truthsOf(paths: readonly string[]): (string | null)[] {
  const parts = paths.map((path) => path.split('/'));
  const tops = new Set(parts.flatMap((part) => (part.length > 1 ? part[0] : [])));
  return parts.map((part) =>
    part.length > 2 || (part.length === 2 && tops.size > 1) ? (part.at(-2) ?? null) : null,
  );
}

/** How many different names there are. */
export const nameCount = (names: readonly (string | null)[]): number =>
  new Set(names.filter((name) => name !== null)).size;

/** How many different folders name what is in them; what a table or a person says counts as none. */
export const folderCount = (
  pictures: readonly { readonly path: string; readonly truth: string | null }[],
): number => nameCount(pictures.map(({ path, truth }) => (path.split('/').at(-2) === truth ? truth : null)));
