/** 'holiday/day 1/a.jpg' of a file from a folder; its bare name otherwise. */
export function pathOf(file: File): string {
  const dropped = 'relativePath' in file && typeof file.relativePath === 'string' ? file.relativePath : '';
  return (file.webkitRelativePath || dropped || file.name).replace(/^(\.?\/)+/, '');
}
