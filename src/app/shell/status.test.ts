import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SAMPLES } from '../classify/samples.ts';
import { classification, fakeApp, modelInfo, settle } from '../fakeEngine.ts';
import { BUILT_IN } from '../models/models.ts';
import { en } from '../strings.ts';
import { spokenText, statusText } from './status.ts';

beforeEach(() => vi.stubGlobal('fetch', async () => new Response('png')));

async function started(live = classification) {
  const fake = fakeApp();
  void fake.app().openModel(BUILT_IN);
  await settle();
  const samples = SAMPLES.map(({ file }) => ({ file, classification }));
  fake.app().setStored({ model: '', config: '', classes: 274, evaluation: [], samples });
  const before = statusText(fake.app(), en);
  fake.opens[0]?.resolve(modelInfo(''));
  await settle();
  const during = statusText(fake.app(), en);
  fake.classifies[0]?.resolve(live);
  await settle();
  return { before, during, after: statusText(fake.app(), en), spoken: spokenText(fake.app(), en) };
}

describe('the status line', () => {
  it('shows the stored answer until the live one, and says that they agree', async () => {
    expect(await started()).toEqual({
      before: en.stored,
      during: en.stored,
      after: 'Ran here in 6.0\u2009ms, same answer',
      spoken: 'yawl, 80 percent. Ran here in 6.0\u2009ms, same answer',
    });
  });

  it('says when the live answer differs', async () => {
    const other = { ...classification, scores: [{ index: 4, label: 'snail', score: 0.31 }] };
    const { after, spoken } = await started(other);
    expect(after).toBe(en.ranOther('6.0\u2009ms'));
    expect(spoken).toContain('Not sure. Closest is snail, 31 percent');
  });

  it('counts a batch, and reads it aloud in steps of a tenth', async () => {
    const fake = fakeApp();
    void fake.app().openModel(BUILT_IN);
    await settle();
    fake.opens[0]?.resolve(modelInfo(''));
    fake.app().addPictures(
      Array.from({ length: 40 }, (_, n) => new File(['x'], `${n}.png`)),
      '',
    );
    for (let n = 0; n < 7; n++) {
      await settle();
      fake.classifies.find(({ name }) => name === `${n}.png`)?.resolve(classification);
    }
    await settle();
    expect(statusText(fake.app(), en)).toBe('7 of 40 looked at');
    expect(spokenText(fake.app(), en)).toBe('4 of 40 looked at');
  });
});
