import { useEffect, useState } from 'react';
import { sameKey } from '../../engine/teach/featureKey.ts';
import type { ExampleRow } from '../../engine/teach/protocol.ts';
import { count } from '../figures.ts';
import { errorSentence } from '../shell/errorSentence.ts';
import { Icon } from '../shell/Icon.tsx';
import { useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { Bar } from './Bar.tsx';
import { ClassSection } from './ClassSection.tsx';
import { Panel } from './Panel.tsx';
import './teach.css';
import type { TeachStore } from './teach.ts';
import { useGrowing } from './useGrowing.ts';
import { TeachContext, useTeach, useTeachStore, useTeachWords } from './useTeach.ts';

/** Classes and their pictures on one side, what was learnt from them on the other. */
export function TeachPlace() {
  const openTeach = useApp((app) => app.openTeach);
  const [store, setStore] = useState<TeachStore | null>(null);
  useEffect(() => {
    let gone = false;
    void openTeach().then((opened) => {
      if (!gone) setStore(opened);
    });
    return () => {
      gone = true;
    };
  }, [openTeach]);
  if (store === null) return <main id="main" className="teach" tabIndex={-1} />;
  return (
    <TeachContext value={store}>
      <Place />
    </TeachContext>
  );
}

/** Pictures that Look or a drop handed over come in here. */
function useInbox(): void {
  const waiting = useApp((app) => app.inbox.length);
  const takeInbox = useApp((app) => app.takeInbox);
  const ready = useTeach(({ project }) => project !== null);
  const add = useTeach((teach) => teach.add);
  useEffect(() => {
    if (waiting > 0 && ready) void add(takeInbox(), null);
  }, [waiting, ready, add, takeInbox]);
}

function useUndoKey(): void {
  const undo = useTeach((teach) => teach.undo);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const field = event.target instanceof Element && event.target.closest('input, select, textarea');
      if (event.key.toLowerCase() !== 'z' || !(event.ctrlKey || event.metaKey) || event.shiftKey || field)
        return;
      event.preventDefault();
      void undo();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [undo]);
}

/** More than a window shows; the others come some with each frame, since fifty at once would hold the page up. */
const FIRST_CLASSES = 8;

function Place() {
  const w = useTeachWords();
  const project = useTeach((teach) => teach.project);
  const addClass = useTeach((teach) => teach.addClass);
  const shown = useGrowing(project?.classes.length ?? 0, FIRST_CLASSES, 2, true);
  useInbox();
  useLookAgain();
  useUndoKey();
  if (project === null) return <main id="main" className="teach" tabIndex={-1} />;
  return (
    <main id="main" className="teach" tabIndex={-1}>
      <Bar />
      <section className="min-h-0 overflow-auto" aria-label={w.classes}>
        <Strips />
        {project.classes.slice(0, shown).map((one, at) => (
          <ClassSection key={one.id} id={one.id} name={one.name} at={at} />
        ))}
        <div className="px-5 py-3.5 flex flex-wrap items-center gap-4">
          <button type="button" className="btn" onClick={() => void addClass()}>
            <Icon name="add" />
            {w.newClass}
          </button>
          <p className="text-[13px] text-ink2">{w.folderHow}</p>
        </div>
      </section>
      <Panel />
    </main>
  );
}

/** What asks for a decision, or tells of trouble, above the classes. */
function Strips() {
  const t = useStrings();
  const w = useTeachWords();
  const { unsorted, project, adding, notice, error, chosen } = useTeach((teach) => teach);
  const { sortInto, stopAdding, dismiss } = useTeach((teach) => teach);
  const notices = {
    restored: w.restoredNotice,
    'no-second-copy': w.noSecondCopy,
  };
  return (
    <>
      {(notice !== null || error !== null) && (
        <div className="decide" role={error === null ? 'status' : 'alert'}>
          <p className="grow">
            {error === null ? notice !== null && notices[notice] : errorSentence(error, t)}
          </p>
          <button type="button" className="icon" aria-label={t.closeNotice} onClick={dismiss}>
            <Icon name="close" />
          </button>
        </div>
      )}
      {adding !== null && (
        <div className="decide">
          <p className="grow">
            {(adding.again ? w.lookingAgain : w.adding)(count(adding.done), count(adding.total))}{' '}
            {adding.failed > 0 && w.notRead(adding.failed)}
          </p>
          <button type="button" className="btn sm" onClick={stopAdding}>
            {adding.done < adding.total ? w.stop : t.close}
          </button>
        </div>
      )}
      {adding === null && <Stale />}
      {unsorted.length > 0 && (
        <div className="decide">
          <p>{w.waiting(unsorted.length)}</p>
          {project?.classes.map(({ id, name }) => (
            <button key={id} type="button" className="btn sm" onClick={() => void sortInto(id)}>
              {name}
            </button>
          ))}
          <button type="button" className="link text-[13px]" onClick={() => void sortInto(null)}>
            {w.notThese}
          </button>
        </div>
      )}
      {chosen.size > 0 && <Chosen />}
    </>
  );
}

/** Up to so many pictures are looked at again without asking: it takes seconds, and it can be stopped. */
const WITHOUT_ASKING = 200;

/** Pictures that another model saw: nothing is learnt from them until the one in use has looked at them. */
function Stale() {
  const w = useTeachWords();
  const key = useTeach((teach) => teach.key);
  const project = useTeach((teach) => teach.project);
  const recompute = useTeach((teach) => teach.recompute);
  const stale = key === null ? [] : (project?.examples ?? []).filter((one) => !sameKey(one.key, key));
  const small = stale.filter(({ hasOriginal }) => !hasOriginal).length;
  if (stale.length === 0) return null;
  return (
    <div className="decide">
      <p className="grow">
        {w.stale(stale.length)} {small > 0 && w.staleSmall(small)}
      </p>
      <button type="button" className="btn sm" onClick={() => void recompute()}>
        {w.recompute}
      </button>
    </div>
  );
}

/** What this model made of pictures before is taken up, and a few pictures are looked at again at once: when Teach is opened, or the model changes. */
function useLookAgain(): void {
  const key = useTeach((teach) => teach.key);
  const id = useTeach(({ project }) => project?.id);
  const store = useTeachStore();
  useEffect(() => {
    if (key === null || id === undefined) return;
    const isStale = (one: ExampleRow): boolean => !sameKey(one.key, key);
    if (!store.getState().project?.examples.some(isStale)) return;
    void store
      .getState()
      .recall()
      .then(() => {
        const { project, recompute } = store.getState();
        const left = project?.id === id ? project.examples.filter(isStale).length : 0;
        if (left > 0 && left <= WITHOUT_ASKING && store.getState().key === key) void recompute();
      });
  }, [key, id, store]);
}

/** What can be done with the chosen pictures. */
function Chosen() {
  const w = useTeachWords();
  const { chosen, project, change, chooseOnly } = useTeach((teach) => teach);
  const ids = [...chosen];
  return (
    <div className="decide">
      <p>{w.chosen(ids.length)}</p>
      <label className="flex items-center gap-2">
        <span className="sr">{w.moveTo}</span>
        <select
          className="pick"
          value=""
          onChange={(event) => void change({ kind: 'move-examples', ids, classId: event.target.value })}
        >
          <option value="" disabled>
            {w.moveTo}
          </option>
          {project?.classes.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <button type="button" className="btn sm" onClick={() => void change({ kind: 'remove-examples', ids })}>
        <Icon name="bin" />
        {w.removeChosen}
      </button>
      <button type="button" className="link text-[13px]" onClick={() => chooseOnly([])}>
        {w.chooseNone}
      </button>
    </div>
  );
}
