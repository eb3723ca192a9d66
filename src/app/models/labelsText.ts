/** Class names as a person has them: one a line, a JSON list, or an id2label with or without the config around it. */

/** JSON's names in the order of their classes, or null when it is no list of names. */
export function labelsIn(text: string): readonly string[] | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null; // no JSON at all: for the caller to read as lines, or to refuse
  }
  if (Array.isArray(json)) return json.length > 0 && json.every(isName) ? json.map(String) : null;
  if (typeof json !== 'object' || json === null) return null;
  const entries = Object.entries(json);
  if (entries.length === 1 && entries[0]?.[0] === 'id2label') return labelsIn(JSON.stringify(entries[0][1]));
  const names: string[] = [];
  for (const [key, name] of entries) {
    if (!/^\d{1,6}$/.test(key) || !isName(name) || Number(key) >= entries.length) return null;
    names[Number(key)] = String(name);
  }
  return names.length > 0 && names.length === entries.length ? names : null;
}

/** The id2label of a whole config.json, JSON names, or the lines that are not empty; a leading WordNet id goes. */
export function labelsFromText(text: string): readonly string[] {
  const names = labelsIn(text);
  if (names !== null) return names;
  const inside = /"id2label"\s*:\s*(\{[^}]*\})/.exec(text)?.[1];
  const own = inside === undefined ? null : labelsIn(inside);
  if (own !== null) return own;
  return text
    .split(/\r?\n/)
    .map((line) => line.trim().replace(/^n\d{8}[\t ,]+(?=\S)/, ''))
    .filter((line) => line !== '');
}

const isName = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';
