import { useRef } from 'react';
import { writeHeadFile } from '../../bit/index.ts';
import { count } from '../figures.ts';
import { Icon } from '../shell/Icon.tsx';
import { useApp } from '../store.ts';
import { Menu, MenuItem } from './Menu.tsx';
import { useTeach, useTeachWords } from './useTeach.ts';

/** Hands a file to the browser's own saving. */
function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A project's name as a file name on any system. */
const fileName = (name: string): string => name.replace(/[^\p{L}\p{N} _.-]/gu, '').trim() || 'classes';

/** The project: its name, others beside it, undo, taking it away, and using it. */
export function Bar() {
  const w = useTeachWords();
  const { project, projects, change, undo, openProject, newProject } = useTeach((teach) => teach);
  if (project === null) return null;
  return (
    <div className="sub">
      <h1 className="sr">{project.name}</h1>
      <Name
        key={`${project.id} ${project.name}`}
        label={w.projectName}
        value={project.name}
        onChange={(name) => void change({ kind: 'rename-project', name })}
      />
      <p className="max-wide:hidden truncate">
        {w.summary(count(project.examples.length), count(project.classes.length))}
      </p>
      <span className="grow" />
      {project.undoable !== null && (
        <button type="button" className="link text-[13px]" onClick={() => void undo()}>
          {w.undoWhat(w.undoes[project.undoable])}
        </button>
      )}
      <label>
        <span className="sr">{w.project}</span>
        <select
          className="pick max-w-[150px]"
          value={project.id}
          onChange={(event) =>
            void (event.target.value === '' ? newProject() : openProject(event.target.value))
          }
        >
          {projects.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
          {!projects.some(({ id }) => id === project.id) && (
            <option value={project.id}>{project.name}</option>
          )}
          <option value="">{w.newProject}…</option>
        </select>
      </label>
      <TakeAway />
      <UseInLook />
    </div>
  );
}

/** A text that is changed when it is left or Enter is pressed; Escape gives it up. */
export function Name(props: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <input
      className="nm"
      aria-label={props.label}
      defaultValue={props.value}
      maxLength={200}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.currentTarget.value = props.value;
        if (event.key === 'Enter' || event.key === 'Escape') event.currentTarget.blur();
      }}
      onBlur={(event) => {
        const value = event.currentTarget.value.trim();
        if (value === '') event.currentTarget.value = props.value;
        else if (value !== props.value) props.onChange(value);
      }}
    />
  );
}

function UseInLook() {
  const w = useTeachWords();
  const { project, learnt, answerInLook } = useTeach((teach) => teach);
  const inUse = useApp((app) => app.taught?.project === project?.id);
  const dropTaught = useApp((app) => app.dropTaught);
  return inUse ? (
    <button type="button" className="btn" onClick={() => void dropTaught()}>
      <Icon name="check" />
      {w.stopUsing}
    </button>
  ) : (
    <button
      type="button"
      className="btn go"
      disabled={learnt === null}
      onClick={() => {
        void answerInLook().then(() => {
          location.hash = '#/look';
        });
      }}
    >
      {w.useInLook}
    </button>
  );
}

/** The ways out: the last layer, everything; and the way back. */
function TakeAway() {
  const w = useTeachWords();
  const restoreFile = useRef<HTMLInputElement>(null);
  const { project, learnt, key, backup, restore, deleteProject } = useTeach((teach) => teach);
  if (project === null) return null;
  const name = fileName(project.name);
  const saveHead = async (): Promise<void> => {
    if (learnt === null || key === null) return;
    const backbone = { name: key.name, sha256: key.sha256 };
    save(await writeHeadFile({ head: learnt.head, backbone }), `${name}.safetensors`);
  };
  const saveAll = async (): Promise<void> => {
    const blob = await backup();
    if (blob) save(blob, `${name}.zip`);
  };
  return (
    <>
      <Menu
        className="btn"
        button={
          <>
            <Icon name="download" />
            <span className="max-strip:sr">{w.exportModel}</span>
          </>
        }
      >
        <MenuItem disabled={learnt === null} onChoose={() => void saveHead()}>
          {w.exportHead}
        </MenuItem>
        <MenuItem onChoose={() => void saveAll()}>{w.exportBackup}</MenuItem>
        <MenuItem onChoose={() => restoreFile.current?.click()}>{w.restore}…</MenuItem>
        <MenuItem
          onChoose={() => {
            if (confirm(w.deleteProjectSure(project.name))) void deleteProject();
          }}
        >
          {w.deleteProject}…
        </MenuItem>
      </Menu>
      <input
        ref={restoreFile}
        type="file"
        accept=".zip,application/zip"
        hidden
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = '';
          if (file) void restore({ name: file.name, blob: file });
        }}
      />
    </>
  );
}
