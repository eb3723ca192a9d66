/** The "not sure" lines that a person moved, as text for the browser's memory: a model key, a tab and per cent a line. */

export function readLines(text: string | null): Record<string, number> {
  const lines: Record<string, number> = {};
  for (const entry of (text ?? '').split('\n')) {
    const tab = entry.lastIndexOf('\t');
    const line = Number(entry.slice(tab + 1));
    if (tab > 0 && Number.isInteger(line) && line >= 0 && line <= 100) lines[entry.slice(0, tab)] = line;
  }
  return lines;
}

export function linesText(lines: Readonly<Record<string, number>>): string {
  return Object.entries(lines)
    .map(([name, value]) => `${name}\t${value}`)
    .join('\n');
}
