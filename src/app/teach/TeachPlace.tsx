import { useEffect, useState } from 'react';
import type { TeachItem } from '../classify/taught.ts';
import { count } from '../figures.ts';
import { errorSentence } from '../shell/errorSentence.ts';
import { inField } from '../shell/fields.ts';
import { Icon } from '../shell/Icon.tsx';
import { pathOf } from '../shell/path.ts';
import { usePhone } from '../shell/usePhone.ts';
import { useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { Bar } from './Bar.tsx';
import { ClassSection } from './ClassSection.tsx';
import { ClosedClass } from './ClosedClass.tsx';
import { type Intake, isLookingAgain } from './jobs.ts';
import { keepFocus } from './keepFocus.ts';
import { Menu, MenuItem } from './Menu.tsx';
import { Panel } from './Panel.tsx';
import { isStale, isUnfit } from './stale.ts';
import './teach.css';
import { Trouble } from './Trouble.tsx';
import type { TeachStore } from './teach.ts';
import { useGrowing } from './useGrowing.ts';
import { TeachContext, useTeach, useTeachWords } from './useTeach.ts';

/** Classes and their pictures on one side, what was learnt from them on the other. */
export function TeachPlace({ store }: { store: TeachStore }) {
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
      if (event.key.toLowerCase() !== 'z' || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
      if (inField(event.target)) return;
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
  const error = useTeach((teach) => teach.error);
  const start = useTeach((teach) => teach.start);
  /** It could not start, and a person had it try again. */
  const [again, setAgain] = useState(false);
  const [fresh, setFresh] = useState<string | null>(null);
  /** What a person opened; on a phone one class is open at a time. */
  const [opened, setOpened] = useState<string | null>(null);
  const phone = usePhone();
  const shown = useGrowing(project?.classes.length ?? 0, FIRST_CLASSES, 2, true);
  useInbox();
  useLookAgain();
  useUndoKey();
  if (project === null && (error !== null || again)) {
    const tryAgain = (): void => {
      setAgain(true);
      void start();
    };
    return <Trouble error={error} onAgain={tryAgain} />;
  }
  if (project === null) return <main id="main" className="teach" tabIndex={-1} />;
  const { classes } = project;
  const open = classes.some(({ id }) => id === opened) ? opened : classes[0]?.id;
  const begin = async (): Promise<void> => {
    const id = await addClass();
    setFresh(id);
    setOpened(id);
  };
  return (
    <main id="main" className="teach" tabIndex={-1}>
      <Bar />
      <section aria-label={w.classes}>
        <Strips />
        {classes
          .slice(0, shown)
          .map(({ id, name }, at) =>
            phone && id !== open ? (
              <ClosedClass key={id} id={id} name={name} onOpen={setOpened} />
            ) : (
              <ClassSection
                key={id}
                id={id}
                name={name}
                at={at}
                fresh={id === fresh}
                opened={phone && id === opened}
              />
            ),
          )}
        <div className="px-5 py-3.5 flex flex-wrap items-center gap-4">
          <button type="button" className="btn" onClick={() => void begin()}>
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

/** The folder that pictures lay in, where it is the same for all: its name may be that of their class. */
function folderOf(items: readonly TeachItem[]): string | null {
  const folders = new Set(
    items.map(({ blob }) => (blob instanceof File ? pathOf(blob).split('/').at(-2) : undefined)),
  );
  return folders.size === 1 ? ([...folders][0] ?? null) : null;
}

/** What asks for a decision, or tells of trouble, above the classes. */
function Strips() {
  const t = useStrings();
  const w = useTeachWords();
  const { unsorted, project, adding, notice, error, chosen } = useTeach((teach) => teach);
  const { sortInto, sortIntoNew, dismiss } = useTeach((teach) => teach);
  const folder = folderOf(unsorted);
  const isNew = folder !== null && !project?.classes.some(({ name }) => name === folder);
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
      {adding.map((one) => (
        <Progress key={`${one.project} ${one.again}`} intake={one} />
      ))}
      <Stale />
      {unsorted.length > 0 && (
        <div className="decide">
          <p>{w.waiting(unsorted.length)}</p>
          {project?.classes.map(({ id, name }) => (
            <button key={id} type="button" className="btn sm" onClick={() => void sortInto(id)}>
              {name}
            </button>
          ))}
          {isNew && (
            <button type="button" className="btn sm" onClick={() => void sortIntoNew(folder)}>
              <Icon name="add" />
              {w.newClassOf(folder)}
            </button>
          )}
          <button type="button" className="link text-[13px]" onClick={() => void sortInto(null)}>
            {w.notThese}
          </button>
        </div>
      )}
      {chosen.size > 0 && <Chosen />}
    </>
  );
}

/** Names of unread pictures that are told; the rest is counted. */
const NAMED = 3;

/** How far pictures are, each project's for itself; and what became of them, until it is closed. */
function Progress({ intake }: { intake: Intake }) {
  const t = useStrings();
  const w = useTeachWords();
  const { project, again, done, total, failed, same, quiet } = intake;
  const stopAdding = useTeach((teach) => teach.stopAdding);
  const isShown = useTeach((teach) => teach.project?.id === project);
  const name = useTeach((teach) => teach.projects.find(({ id }) => id === project)?.name ?? '');
  if (quiet && failed.length === 0) return null; // the camera counts beside its button, which must not move
  const names = failed.slice(0, NAMED).join(', ') + (failed.length > NAMED ? ' …' : '');
  const said = [
    !isShown && w.intoOther(name),
    (again ? w.lookingAgain : w.adding)(count(done), count(total)),
    same > 0 && w.same(same),
    failed.length > 0 && w.notRead(failed.length, names),
  ];
  return (
    <div className="decide">
      <p className="grow wrap-anywhere">{said.filter(Boolean).join(' ')}</p>
      <button type="button" className="btn sm" onClick={() => stopAdding(intake)}>
        {done < total ? w.stop : t.close}
      </button>
    </div>
  );
}

/** Pictures that the model in use has to look at first, where nobody has asked for it yet. */
function Stale() {
  const w = useTeachWords();
  const key = useTeach((teach) => teach.key);
  const project = useTeach((teach) => teach.project);
  const isGoing = useTeach(({ adding }) => adding.some(isLookingAgain(project?.id)));
  const recompute = useTeach((teach) => teach.recompute);
  if (key === null || project === null || isGoing) return null;
  const stale = project.examples.filter((one) => isStale(one, key, project.options));
  const unfit = stale.filter((one) => isUnfit(one, key)).length;
  const small = stale.filter(({ hasOriginal }) => !hasOriginal).length;
  if (stale.length === 0) return null;
  return (
    <div className="decide">
      <p className="grow">
        {unfit > 0 ? w.stale(unfit) : w.noViews(stale.length)} {small > 0 && w.staleSmall(small)}
      </p>
      <button type="button" className="btn sm" onClick={() => void recompute()}>
        {w.recompute}
      </button>
    </div>
  );
}

/** While Teach is open, a few pictures that the model in use has to look at are looked at without asking. */
function useLookAgain(): void {
  const key = useTeach((teach) => teach.key);
  const project = useTeach((teach) => teach.project);
  const isGoing = useTeach(({ adding }) => adding.some(isLookingAgain(project?.id)));
  const lookAgain = useTeach((teach) => teach.lookAgain);
  useEffect(() => {
    if (key === null || project === null || isGoing) return;
    if (project.examples.some((one) => isStale(one, key, project.options))) void lookAgain();
  }, [key, project, isGoing, lookAgain]);
}

/** Where the focus goes on when the strip of the chosen goes. */
const firstShot = (): HTMLElement | null =>
  document.querySelector<HTMLElement>('.shots li button[tabindex="0"]') ?? document.getElementById('main');

/** What can be done with the chosen pictures. */
function Chosen() {
  const w = useTeachWords();
  const { chosen, project, change, chooseOnly } = useTeach((teach) => teach);
  const ids = [...chosen];
  return (
    <div className="decide">
      <p>{w.chosen(ids.length)}</p>
      <Menu
        className="btn sm"
        button={
          <>
            {w.moveTo}
            <Icon name="down" />
          </>
        }
      >
        {project?.classes.map(({ id, name }) => (
          <MenuItem key={id} onChoose={() => void change({ kind: 'move-examples', ids, classId: id })}>
            {name}
          </MenuItem>
        ))}
      </Menu>
      <button
        type="button"
        className="btn sm"
        onClick={() => void keepFocus(change({ kind: 'remove-examples', ids }), firstShot)}
      >
        <Icon name="bin" />
        {w.removeChosen}
      </button>
      <button
        type="button"
        className="link text-[13px]"
        onClick={() => {
          chooseOnly([]);
          void keepFocus(Promise.resolve(), firstShot);
        }}
      >
        {w.chooseNone}
      </button>
    </div>
  );
}
