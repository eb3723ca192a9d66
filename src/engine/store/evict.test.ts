import { expect, test } from 'vitest';
import type { ShelfModel, ShelfState } from '../shelf/protocol.ts';
import { chooseEviction } from './evict.ts';

const model = (id: string, stored: number, lastUsed: number, state: ShelfState = 'complete'): ShelfModel => ({
  id,
  name: id,
  source: { kind: 'dropped' },
  state,
  files: [],
  stored,
  bytes: stored,
  licence: null,
  added: 0,
  lastUsed,
  catalogueKey: null,
  choices: null,
  offer: null,
});
const shelf = [model('new', 100, 30), model('old', 100, 10), model('middle', 100, 20)];
const ids = (bytes: number, models = shelf) => {
  const { models: chosen, ...rest } = chooseEviction(models, bytes);
  return { ids: chosen.map(({ id }) => id), ...rest };
};

test('the least recently used goes first, and no more than is needed', () => {
  expect(ids(50)).toEqual({ ids: ['old'], frees: 100, enough: true });
  expect(ids(150)).toEqual({ ids: ['old', 'middle'], frees: 200, enough: true });
  expect(ids(0)).toEqual({ ids: [], frees: 0, enough: true });
});

test('when all of it is not enough it says so', () => {
  expect(ids(1000)).toEqual({ ids: ['old', 'middle', 'new'], frees: 300, enough: false });
});

test('unfinished and damaged models go before whole ones, one that comes in never', () => {
  const models = [
    ...shelf,
    model('half', 10, 99, 'partial'),
    model('broken', 10, 98, 'damaged'),
    model('coming', 10, 1, 'downloading'),
  ];
  expect(ids(25, models).ids).toEqual(['broken', 'half', 'old']);
  expect(ids(1e9, models).ids).not.toContain('coming');
});
