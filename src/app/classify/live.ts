/** The camera in Look: what it sees is answered again and again, like a picture that changes. */
import type { Raster } from '../../bit/index.ts';
import { plainError } from '../shell/plainError.ts';
import type { Kit } from '../store.ts';
import { wantsMaps } from './maps.ts';
import { answering, newPicture, type Picture } from './picture.ts';

export interface Live {
  /** What the camera sees, with its latest answer; null while it is off. It is no picture of the set. */
  readonly live: Picture | null;
  readonly openCamera: () => void;
  readonly closeCamera: () => void;
  /** Answers a frame; resolves when the next one may come. Its pixels are let go then. */
  readonly see: (frame: Raster) => Promise<void>;
  /** Puts a frame into the set, the camera stays on. */
  readonly keepFrame: (frame: Blob) => void;
}

const TOP = 5;

export function createLive({ set, get, engine }: Kit): Live {
  let abort: AbortController | null = null;
  let kept = 0;
  return {
    live: null,
    openCamera() {
      abort?.abort();
      abort = new AbortController();
      set({ live: newPicture('camera'), view: 'picture' });
    },
    closeCamera() {
      if (get().live === null) return;
      abort?.abort();
      set({ live: null });
    },
    async see(frame) {
      const { live, correction, inUse } = get();
      const signal = abort?.signal;
      if (live === null || signal === undefined || answering(get()) === null || inUse === null) return;
      const maps = wantsMaps(get(), live.id);
      const temperature = correction?.temperature ?? 1;
      try {
        const answer = await engine.classify(frame, { name: 'camera', topK: TOP, maps, temperature, signal });
        const none = (await get().taught?.isNone(answer.features)) === true;
        if (!signal.aborted && get().live?.id === live.id)
          set({ live: { ...live, state: 'answered', answer, none, error: null } });
      } catch (thrown) {
        if (!signal.aborted)
          set({ live: { ...live, state: 'failed', answer: null, error: plainError(thrown) } });
      }
    },
    keepFrame(frame) {
      kept++;
      const file = new File([frame], `camera ${kept}.jpg`, { type: frame.type });
      get().addFrame(file);
    },
  };
}
