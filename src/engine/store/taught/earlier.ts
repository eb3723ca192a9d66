/**
 * Features that a model used before had made: going back to it looks at no picture again, and loses none that came from
 * a full picture. Only kept to save time, so they are neither backed up nor in the second copy.
 */
import { sameKey } from '../../teach/featureKey.ts';
import type { FeatureKey, NewFeatures } from '../../teach/protocol.ts';
import { allOf, type Rows, type Transaction, withDatabase } from './db.ts';

/** Other models' features that are kept of each picture: the newest. */
const MODELS = 2;
/** Pictures that come back in one change. */
const BATCH = 500;

const nameOf = ({ sha256, preprocessing }: FeatureKey): string => `${sha256} ${preprocessing}`;

/** Puts aside what `after` replaces, where another model had made it. */
export async function putAside(tx: Transaction, before: Rows, after: Rows): Promise<void> {
  const store = tx.objectStore('earlier');
  const revision = after.project?.revision ?? 0;
  const replaced = new Map(after.examples.map(({ id, row }) => [id, row]));
  const views = new Map<string, Float32Array[]>();
  for (const { example, view, row } of before.features) {
    const own = views.get(example) ?? [];
    if (row) own[view] = row.features;
    views.set(example, own);
  }
  for (const { id, row } of before.examples) {
    const next = replaced.get(id);
    if (!row || !next || sameKey(row.key, next.key)) continue;
    const { project, key, fromSmall = false } = row;
    await store.delete([project, id, nameOf(next.key)]); // they stand in the features now
    const own = views.get(id) ?? [];
    const features = new Float32Array(own.length * key.width);
    own.forEach((values, view) => {
      features.set(values, view * key.width);
    });
    await store.put({ project, example: id, of: nameOf(key), revision, key, fromSmall, features });
    const all = await store.getAll(IDBKeyRange.bound([project, id], [project, id, []]));
    const oldest = all.sort((a, b) => b.revision - a.revision).slice(MODELS);
    for (const { of } of oldest) await store.delete([project, id, of]);
  }
}

/** What `key` had made of some of the pictures `stale`, whose features are another model's; empty when there is nothing. */
export function earlierFeatures(
  id: string,
  key: FeatureKey,
  stale: ReadonlySet<string>,
): Promise<NewFeatures[]> {
  return withDatabase(async (db) => {
    const rows: NewFeatures[] = [];
    let cursor = await db.transaction('earlier').store.openCursor(allOf(id));
    for (; cursor && rows.length < BATCH; cursor = await cursor.continue()) {
      const { example, of, features, fromSmall } = cursor.value;
      if (of === nameOf(key) && stale.has(example)) rows.push({ id: example, features, key, fromSmall });
    }
    return rows;
  });
}
