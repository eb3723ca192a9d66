/** Opening a taught head from a file, a link or a copied page: its backbone is looked for here, and asked for elsewhere. */
import {
  BitError,
  base64,
  decodeLink,
  type NamedBlob,
  processorFields,
  readHeadFile,
  type TaughtHead,
  writeHeadFile,
} from '../../bit/index.ts';
import { preprocessingText } from '../../engine/teach/featureKey.ts';
import { firstModel } from '../models/firstModel.ts';
import { BUILT_IN, modelInUse } from '../models/models.ts';
import { plainError } from '../shell/plainError.ts';
import type { Kit } from '../store.ts';
import type { OfferedHead } from './taught.ts';

export interface HeadDoings {
  /** A file that a person gives is used at once where its backbone is here. Throws BitError. */
  readonly openFile: (file: NamedBlob) => Promise<void>;
  /** A link may come from anybody: it is shown first. Throws BitError. */
  readonly openLink: (text: string) => Promise<void>;
  /** Looks for the backbone of what is offered and uses it, or says that it is not here. */
  readonly accept: () => Promise<void>;
  /** Asks the Hub for the backbone, which in turn asks before it downloads. */
  readonly findBackbone: () => void;
  readonly decline: () => void;
  /**
   * Answers by a file that nobody has just given, unless a person has chosen otherwise; `kept` is what the next visit
   * answers by. False where another model than its backbone is in use. Throws BitError.
   */
  readonly answerBy: (file: NamedBlob, kept: string | null) => Promise<boolean>;
  /** The same, by a file that was kept. */
  readonly resume: (kept: string) => Promise<boolean>;
}

/** Characters of base64 that are kept of a file: 80 classes of 2,048 features. localStorage holds 5 to 10 MB in all. */
const MOST_KEPT = 1_000_000;

async function keptFile(taught: TaughtHead): Promise<string> {
  const blob = await writeHeadFile(taught);
  return blob.size * (4 / 3) > MOST_KEPT ? '' : base64(new Uint8Array(await blob.arrayBuffer()));
}

/** A backbone that is named so can be asked for on the Hub. */
export const isRepo = (name: string): boolean => /^[\w.-]+\/[\w.-]+$/.test(name);

export function createHeadDoings(kit: Kit): HeadDoings {
  const { set, get, engine } = kit;
  let waiting: (() => void) | null = null;

  const offer = (taught: TaughtHead, change: Partial<OfferedHead> = {}): void =>
    set({ offered: { taught, step: 'ask', error: null, ...change } });

  function withdraw(): void {
    waiting?.();
    waiting = null;
    set({ offered: null });
    if (get().dialog === 'head') get().show(null);
  }

  /** Whether the model in use gives the features that the head was taught on; its preprocessing is set right for that. */
  async function fits(taught: TaughtHead): Promise<boolean> {
    const model = modelInUse(get());
    if (!model?.info || model.info.format === 'onnx') return false;
    const same = async (): Promise<boolean> =>
      (await engine.featureKey()).preprocessing === preprocessingText(taught.processor);
    if ((await engine.featureKey()).sha256 !== taught.backbone.sha256) return false;
    if (await same()) return true;
    const own = model.source.kind === 'embedded' ? undefined : model.source.choices;
    const wrong = await get().choose(model.id, { ...own, processor: processorFields(taught.processor) });
    return wrong === null && same();
  }

  /** Makes the head's backbone the model in use, where it is on this device; else what answered before answers again. */
  async function stand(taught: TaughtHead, isWanted: () => boolean): Promise<boolean> {
    await firstModel(kit);
    const { inUse: before, taught: answered, heads } = get();
    const used = heads.find((one) => one.taught === answered);
    let stands = false;
    try {
      stands = ((await fits(taught)) || (await openBackbone(taught, isWanted))) && isWanted();
    } finally {
      if (!stands && before !== null && get().inUse !== before) await get().openModel(before);
      if (!stands && used && get().inUse === before && get().taught === null)
        await get().answerByTaught(used.taught, used.head);
    }
    return stands;
  }

  /** Opens the models that may be the backbone, one after another, until one is. */
  async function openBackbone(taught: TaughtHead, isWanted: () => boolean): Promise<boolean> {
    const { name, sha256 } = taught.backbone;
    const opened = get().models.filter((model) => model.info !== null && model.info.name === name);
    const ids = [...(name === 'built-in' ? [BUILT_IN] : []), ...opened.map(({ id }) => id)];
    for (const id of ids)
      if (isWanted() && id !== get().inUse && (await get().openModel(id)) && (await fits(taught)))
        return true;
    const shelf = await get().loadShelf();
    await shelf.refresh();
    const stored = (get().shelf.models ?? []).filter(
      (model) =>
        model.state === 'complete' &&
        (model.name === name || model.files.some((file) => file.sha256 === sha256)),
    );
    for (const model of stored)
      if (isWanted() && (await shelf.use(model)) && (await fits(taught))) return true;
    return false;
  }

  async function answer(taught: TaughtHead, file: string | null): Promise<void> {
    const { name, head, backbone, evaluation } = taught;
    const id = `${name} ${head.labels.length} ${backbone.sha256.slice(0, 8)}`;
    // "none of these" needs the taught features, which stay where they were taught
    const isNone = async (): Promise<null> => null;
    const one = { id, project: null, file, name, labels: head.labels, evaluation, isNone };
    await get().answerByTaught(one, head);
  }

  const isOffered = (taught: TaughtHead): boolean => get().offered?.taught === taught;

  async function use(taught: TaughtHead): Promise<void> {
    await answer(taught, await keptFile(taught));
    if (isOffered(taught)) withdraw();
    location.hash = '#/look';
  }

  async function accept(): Promise<void> {
    const taught = get().offered?.taught;
    if (taught === undefined) return;
    offer(taught, { step: 'opening' });
    try {
      if (await stand(taught, () => isOffered(taught))) return await use(taught);
      if (!isOffered(taught)) return;
      offer(taught, { step: 'backbone' });
      get().show('head');
      waitForBackbone(taught);
    } catch (thrown) {
      if (!isOffered(taught)) throw thrown;
      offer(taught, { error: plainError(thrown) });
      get().show('head');
    }
  }

  /** Each model that is opened from now on is tried. */
  function waitForBackbone(taught: TaughtHead): void {
    waiting?.();
    let seen = get().inUse;
    waiting = kit.subscribe(() => {
      const { inUse, offered } = get();
      if (offered?.taught !== taught) return waiting?.();
      if (inUse === seen || offered.step !== 'backbone') return;
      seen = inUse;
      void tryModel(taught);
    });
  }

  async function tryModel(taught: TaughtHead): Promise<void> {
    try {
      if (await fits(taught)) return await use(taught);
      if (modelInUse(get())?.info?.name !== taught.backbone.name) return;
      throw new BitError('head-backbone', 'another version of that model has other weights');
    } catch (thrown) {
      offer(taught, { step: 'backbone', error: plainError(thrown) });
      get().show('head');
    }
  }

  async function answerBy(file: NamedBlob, kept: string | null): Promise<boolean> {
    await firstModel(kit);
    const { turn } = get();
    const taught = await readHeadFile(file);
    const isFree = (): boolean => get().taught === null && get().offered?.step !== 'opening';
    if (get().turn !== turn || !isFree()) return true;
    if (!(await fits(taught))) return false;
    if (isFree()) await answer(taught, kept);
    return true;
  }

  return {
    accept,
    async openFile(file) {
      offer(await readHeadFile(file));
      await accept();
    },
    async openLink(text) {
      offer(await decodeLink(text));
      get().show('head');
    },
    findBackbone() {
      const name = get().offered?.taught.backbone.name;
      if (name === undefined) return;
      get().show(null);
      location.hash = '#/models';
      void get()
        .loadShelf()
        .then((shelf) => shelf.lookUp(name));
    },
    decline: withdraw,
    answerBy,
    resume(kept) {
      const bytes = Uint8Array.from(atob(kept), (letter) => letter.charCodeAt(0));
      return answerBy({ name: 'the kept classes', blob: new Blob([bytes]) }, kept);
    },
  };
}
