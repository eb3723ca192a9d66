/** The page's side of the teacher: typed calls on a worker of its own, which starts with the first of them. */
import { type LinkOptions, WorkerLink } from '../link.ts';
import { TEACH_CHANNEL, type TeachCallName, type TeachCalls, type TeachEvent } from './protocol.ts';

export interface Teacher {
  /** Rejects with a BitError. */
  call<N extends TeachCallName>(
    name: N,
    input: TeachCalls[N]['input'],
    options?: LinkOptions<TeachCalls[N]['progress']>,
  ): Promise<TeachCalls[N]['output']>;
  /** Hears what other tabs changed, and what came back. Returns the function that ends it. */
  subscribe(listener: (event: TeachEvent) => void): () => void;
  dispose(): void;
}

/** `spawn` is there for tests. */
export function createTeacher(spawn: () => Worker = spawnTeacher): Teacher {
  let link: WorkerLink<TeachCalls> | null = null;
  const worker = (): WorkerLink<TeachCalls> => {
    link ??= new WorkerLink<TeachCalls>(spawn, {
      onReplaced: () => Promise.resolve(), // all that it knows is on disk
      onGaveUp() {
        link?.dispose(); // every call rejected with 'worker-lost'; who tries again gets another worker
        link = null;
      },
    });
    return link;
  };
  return {
    call: (name, input, options) => worker().call(name, input, options),
    subscribe(listener) {
      const channel = new BroadcastChannel(TEACH_CHANNEL);
      channel.addEventListener('message', ({ data }: MessageEvent<TeachEvent>) => listener(data));
      return () => channel.close();
    },
    dispose: () => link?.dispose(),
  };
}

function spawnTeacher(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'bit-lens-teacher' });
}
