import { describe, expect, it } from 'vitest';
import { fakeApp, modelInfo, settle } from '../fakeEngine.ts';
import { BUILT_IN } from '../models/models.ts';
import { isWorking } from './busy.ts';

describe('isWorking', () => {
  it('is true while the model opens and pictures are answered, false when all is done', async () => {
    const { app, opens, classifies } = fakeApp();
    expect(isWorking(app())).toBe(true); // the built-in model waits to be opened
    void app().openModel(BUILT_IN);
    await settle();
    expect(isWorking(app())).toBe(true);
    opens[0]?.resolve(modelInfo(''));
    await settle();
    expect(isWorking(app())).toBe(true); // the samples
    for (let at = 0; at < 4; at++) {
      classifies[at]?.reject(new Error('no'));
      await settle();
    }
    expect(isWorking(app())).toBe(false);
  });

  it('is false after a model failed to open', async () => {
    const { app, opens } = fakeApp();
    void app().openModel(BUILT_IN);
    await settle();
    opens[0]?.reject(new Error('no'));
    await settle();
    expect(isWorking(app())).toBe(false);
  });

  it('is true while anything holds the page, each hold counted once', async () => {
    const { app, opens } = fakeApp();
    void app().openModel(BUILT_IN);
    await settle();
    opens[0]?.reject(new Error('no'));
    await settle();
    const first = app().holdReload();
    const second = app().holdReload();
    first();
    first();
    expect(isWorking(app())).toBe(true);
    second();
    expect(isWorking(app())).toBe(false);
  });
});

describe('notices', () => {
  it('are taken back by kind', () => {
    const { app } = fakeApp();
    app().tell({ kind: 'offline' });
    app().tell({ kind: 'share-lost' });
    app().retract('offline');
    expect(app().notices.map(({ kind }) => kind)).toEqual(['share-lost']);
  });
});
