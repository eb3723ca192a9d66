import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createEngine } from './client.ts';
import type { EngineEvent, Request, Response } from './protocol.ts';

/** A worker under the test's control: it keeps what it is sent and says what it is told. */
class FakeWorker extends EventTarget {
  readonly sent: Request[] = [];
  terminated = false;
  postMessage(request: Request): void {
    this.sent.push(request);
  }
  terminate(): void {
    this.terminated = true;
  }
  say(data: Response): void {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
  /** Answers the newest request of that call. */
  answer(call: string, result: unknown): void {
    const id = this.sent.findLast((request) => request.call === call)?.id ?? -1;
    this.say({ id, kind: 'result', result });
  }
}

let workers: FakeWorker[] = [];
const current = (): FakeWorker => workers.at(-1) ?? new FakeWorker();
const spawn = (): Worker => {
  workers.push(new FakeWorker());
  return current() as unknown as Worker;
};
const picture = new Blob(['x']);

beforeEach(() => {
  vi.useFakeTimers();
  workers = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function opened(): Promise<{ engine: ReturnType<typeof createEngine>; events: EngineEvent[] }> {
  const engine = createEngine(spawn);
  const events: EngineEvent[] = [];
  engine.subscribe((event) => events.push(event));
  const opening = engine.open({ kind: 'embedded' });
  current().answer('open', { name: 'first' });
  await opening;
  return { engine, events };
}

test('a call resolves with its result and reports progress', async () => {
  const { engine } = await opened();
  const steps: unknown[] = [];
  const answer = engine.classify(picture, { onProgress: (progress) => steps.push(progress) });
  const id = current().sent.at(-1)?.id ?? -1;
  current().say({ id, kind: 'progress', progress: { step: 'run' } });
  current().answer('classify', 'answer');
  expect(await answer).toBe('answer');
  expect(steps).toEqual([{ step: 'run' }]);
});

test('errors arrive as BitError with their code and file', async () => {
  const { engine } = await opened();
  const answer = engine.classify(picture);
  current().say({
    id: current().sent.at(-1)?.id ?? -1,
    kind: 'error',
    error: { code: 'image-unreadable', message: 'a.jpg: is text', file: 'a.jpg' },
  });
  await expect(answer).rejects.toMatchObject({
    name: 'BitError',
    code: 'image-unreadable',
    message: 'a.jpg: is text',
    file: 'a.jpg',
  });
});

test('abort rejects at once and tells the worker', async () => {
  const { engine } = await opened();
  const controller = new AbortController();
  const answer = engine.classify(picture, { signal: controller.signal });
  controller.abort();
  await expect(answer).rejects.toMatchObject({ code: 'aborted' });
  expect(current().sent.at(-1)).toMatchObject({ call: 'cancel' });
});

test('on an isolated page, abort is also written where a blocked worker looks', async () => {
  vi.stubGlobal('crossOriginIsolated', true);
  const { engine } = await opened();
  const controller = new AbortController();
  const opening = engine.open({ kind: 'embedded' }, { signal: controller.signal });
  const request = current().sent.at(-1);
  const flag = request?.call === 'open' ? request.flag : undefined;
  expect(flag?.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(flag?.[0]).toBe(0);
  controller.abort();
  await expect(opening).rejects.toMatchObject({ code: 'aborted' });
  expect(flag?.[0]).toBe(1);
});

test('a dead worker is replaced, the model opened again and the work under way sent again', async () => {
  const { engine, events } = await opened();
  const answer = engine.classify(picture);
  current().dispatchEvent(new Event('error'));
  expect(workers).toHaveLength(2);
  expect(workers[0]?.terminated).toBe(true);
  expect(current().sent.map(({ call }) => call)).toEqual(['open']);
  current().answer('open', { name: 'again' });
  await vi.advanceTimersByTimeAsync(1);
  current().answer('classify', 'late');
  expect(await answer).toBe('late');
  expect(events.map(({ kind }) => kind)).toEqual(['worker-replaced', 'model-reopened']);
});

test('a silent worker counts as hung only past the silence it announced', async () => {
  const { engine, events } = await opened();
  current().say({ kind: 'beat', silentFor: 20_000 });
  engine.classify(picture).catch(() => undefined);
  await vi.advanceTimersByTimeAsync(29_000);
  expect(events).toEqual([]);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(events).toMatchObject([{ kind: 'worker-replaced', reason: 'hung' }]);
});

test('a beat between the announcement and the silence takes nothing from it', async () => {
  const { engine, events } = await opened();
  engine.classify(picture).catch(() => undefined);
  current().say({ kind: 'beat', silentFor: 60_000 });
  await vi.advanceTimersByTimeAsync(2_000);
  current().say({ kind: 'beat', silentFor: 0 }); // the timer's own, before the work that blocks
  await vi.advanceTimersByTimeAsync(60_000);
  expect(events).toEqual([]);
  await vi.advanceTimersByTimeAsync(12_000);
  expect(events).toMatchObject([{ kind: 'worker-replaced', reason: 'hung' }]);
});

test('an idle worker may be silent for ever', async () => {
  const { events } = await opened();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(events).toEqual([]);
});

test('after a lost GPU the model is opened on WASM', async () => {
  await opened();
  current().say({ kind: 'fatal', reason: 'device-lost', detail: 'gone' });
  expect(current().sent[0]).toMatchObject({ call: 'open', input: { device: 'wasm' } });
});

test('work that loses its worker twice is given up, and the fourth loss ends the engine', async () => {
  const { engine, events } = await opened();
  const answer = engine.classify(picture);
  answer.catch(() => undefined);
  for (let i = 0; i < 4; i++) {
    current().say({ kind: 'fatal', reason: 'died', detail: 'boom' });
    current().answer('open', {});
    await vi.advanceTimersByTimeAsync(1);
  }
  await expect(answer).rejects.toMatchObject({ code: 'worker-lost' });
  expect(events.at(-1)).toMatchObject({ kind: 'worker-gave-up' });
  await expect(engine.classify(picture)).rejects.toMatchObject({ code: 'worker-lost' });
});

test('a closed engine rejects what is under way and what comes later', async () => {
  const { engine } = await opened();
  const answer = engine.classify(picture);
  engine.dispose();
  await expect(answer).rejects.toMatchObject({ code: 'aborted' });
  await expect(engine.classify(picture)).rejects.toMatchObject({ code: 'aborted' });
  expect(current().terminated).toBe(true);
});
