/** What was taught, as files and a link for elsewhere. */
import { encodeLink, type TaughtHead, writeHeadFile } from '../../bit/index.ts';
import type { ExportForm } from '../../engine/protocol.ts';
import { sameKey } from '../../engine/teach/featureKey.ts';
import { modelInUse } from '../models/models.ts';
import { linkTo } from '../shell/link.ts';
import type { Desk } from './desk.ts';
import { evaluationOf } from './evaluation.ts';

export interface TakeAway {
  /** The file being made, and how far it is, 0 to 1. */
  readonly making: { readonly form: ExportForm; readonly share: number } | null;
  /** The file; null when it could not be made, or was given up. */
  readonly takeAway: (form: ExportForm | 'head') => Promise<Blob | null>;
  readonly stopMaking: () => void;
  /** The address that holds the classes and the last layer; null where they are too large for one. */
  readonly link: () => Promise<string | null>;
}

export function createTakeAway({ kit, get, set, attempt }: Desk): TakeAway {
  let abort: AbortController | null = null;

  function taughtHead(): TaughtHead | null {
    const { project, learnt, scores, key } = get();
    const info = modelInUse(kit.get())?.info;
    if (project === null || learnt === null || key === null || !info || !sameKey(learnt.key, key))
      return null;
    return {
      name: project.name,
      head: learnt.head,
      backbone: { name: key.name, sha256: key.sha256 },
      processor: info.processor,
      evaluation: evaluationOf(learnt, scores, project.name),
    };
  }

  async function made(form: ExportForm, taught: TaughtHead): Promise<Blob> {
    abort?.abort();
    const own = new AbortController();
    abort = own;
    const release = kit.get().holdReload();
    set({ making: { form, share: 0 } });
    try {
      return await kit.engine.exportModel(
        { form, taught },
        {
          signal: own.signal,
          onProgress: ({ done, total }) => set({ making: { form, share: total > 0 ? done / total : 0 } }),
        },
      );
    } finally {
      release();
      if (abort === own) set({ making: null });
    }
  }

  return {
    making: null,
    async takeAway(form) {
      const taught = taughtHead();
      if (taught === null) return null;
      return attempt(() => (form === 'head' ? writeHeadFile(taught) : made(form, taught)));
    },
    stopMaking: () => abort?.abort(),
    async link() {
      const taught = taughtHead();
      const text = taught && (await attempt(() => encodeLink(taught)));
      return text ? linkTo(text) : null;
    },
  };
}
