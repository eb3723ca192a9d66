import { useRef } from 'react';
import { fileName } from '../../bit/index.ts';
import { count } from '../figures.ts';
import { isComposing } from '../shell/composing.ts';
import { Icon } from '../shell/Icon.tsx';
import { save } from '../shell/save.ts';
import { useApp } from '../store.ts';
import { Menu, MenuItem } from './Menu.tsx';
import { TakeAwaySheet } from './TakeAwaySheet.tsx';
import { useTeach, useTeachWords } from './useTeach.ts';

/** The project: its name, others beside it, undo, taking it away, and using it. */
export function Bar() {
  const w = useTeachWords();
  const { project, projects, change, undo, openProject, newProject } = useTeach((teach) => teach);
  if (project === null) return null;
  const listed = projects.some(({ id }) => id === project.id) ? projects : [...projects, project];
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
      <Menu
        className="pick"
        label={`${w.project}: ${project.name}`}
        button={
          <>
            <span className="truncate">{project.name}</span>
            <Icon name="down" />
          </>
        }
      >
        {listed.map(({ id, name }) => (
          <MenuItem
            key={id}
            current={id === project.id}
            onChoose={() => {
              if (id !== project.id) void openProject(id);
            }}
          >
            {name}
          </MenuItem>
        ))}
        <MenuItem className="apart" onChoose={() => void newProject()}>
          {w.newProject}
        </MenuItem>
      </Menu>
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
        if (isComposing(event)) return;
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

/** The ways out, and what is done with the project as a whole. */
function TakeAway() {
  const w = useTeachWords();
  const file = useRef<HTMLInputElement>(null);
  const { project, backup, restore, deleteProject } = useTeach((teach) => teach);
  const show = useApp((app) => app.show);
  if (project === null) return null;
  const saveAll = async (): Promise<void> => {
    const blob = await backup();
    if (blob) save(blob, `${fileName(project.name)}.zip`);
  };
  return (
    <>
      <button type="button" className="btn" aria-haspopup="dialog" onClick={() => show('take-away')}>
        <Icon name="download" />
        <span className="max-strip:sr">{w.exportModel}</span>
      </button>
      <Menu className="icon" label={w.projectMore} button={<Icon name="more" />}>
        <MenuItem onChoose={() => void saveAll()}>{w.exportBackup}</MenuItem>
        <MenuItem onChoose={() => file.current?.click()}>{w.restore}…</MenuItem>
        <MenuItem
          onChoose={() => {
            if (confirm(w.deleteProjectSure(project.name))) void deleteProject();
          }}
        >
          {w.deleteProject}…
        </MenuItem>
      </Menu>
      <TakeAwaySheet />
      <input
        ref={file}
        type="file"
        accept=".zip,application/zip"
        hidden
        onChange={(event) => {
          const [chosen] = event.target.files ?? [];
          event.target.value = '';
          if (chosen) void restore({ name: chosen.name, blob: chosen });
        }}
      />
    </>
  );
}
