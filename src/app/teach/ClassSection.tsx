import { memo, useEffect, useRef, useState } from 'react';
import { count } from '../figures.ts';
import { Icon } from '../shell/Icon.tsx';
import { Name } from './Bar.tsx';
import { Camera } from './Camera.tsx';
import { Found } from './Found.tsx';
import { keepFocus } from './keepFocus.ts';
import { Menu, MenuGroup, MenuItem } from './Menu.tsx';
import { Strip } from './Strip.tsx';
import { useExamplesOf, useTeach, useTeachWords } from './useTeach.ts';

/** One class: its name, how well it is found, and its pictures. */
export const ClassSection = memo(function ClassSection({
  id,
  name,
  at,
  fresh,
  opened,
}: {
  id: string;
  name: string;
  at: number;
  /** Just made: its name is what is typed next. */
  fresh: boolean;
  /** It took the place of the button that opened it, and the focus. */
  opened: boolean;
}) {
  const w = useTeachWords();
  const own = useExamplesOf(id);
  const change = useTeach((teach) => teach.change);
  const add = useTeach((teach) => teach.add);
  const [camera, setCamera] = useState(false);
  const [over, setOver] = useState(false);
  const sameName = useTeach(
    ({ project }) => project?.classes.some((one) => one.id !== id && one.name === name) ?? false,
  );
  const choose = useRef<HTMLInputElement>(null);
  const section = useRef<HTMLElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (fresh) section.current?.querySelector('input')?.select();
    else if (opened) section.current?.focus();
  }, [fresh, opened]);
  const take = (files: readonly File[]): void =>
    void add(
      files.map((file) => ({ name: file.name, blob: file, folder: null })),
      id,
    );
  return (
    <section
      ref={section}
      className={over ? 'lesson over' : 'lesson'}
      aria-label={name}
      tabIndex={-1}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(event.dataTransfer.types.includes('Files'));
      }}
      onDragLeave={(event) => {
        const to = event.relatedTarget;
        setOver(to instanceof Node && event.currentTarget.contains(to));
      }}
      onDrop={(event) => {
        setOver(false);
        const files = [...event.dataTransfer.files].filter(({ type }) => type.startsWith('image/'));
        const folders = [...event.dataTransfer.items].some((item) => item.webkitGetAsEntry()?.isDirectory);
        if (files.length === 0 || folders) return; // the page takes folders in
        event.preventDefault();
        event.stopPropagation();
        take(files);
      }}
      onPaste={(event) => {
        const files = [...event.clipboardData.files].filter(({ type }) => type.startsWith('image/'));
        if (files.length === 0) return;
        event.preventDefault();
        event.nativeEvent.stopImmediatePropagation();
        take(files);
      }}
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Name
          key={name}
          label={w.className}
          value={name}
          onChange={(to) => void change({ kind: 'rename-class', id, name: to })}
        />
        {sameName && <span className="text-[13px] text-unsure">{w.sameName}</span>}
        <span className="text-[13px] text-ink2 min-w-20">{w.pictures(count(own.length))}</span>
        <Found id={id} examples={own.length} />
        <span className="grow" />
        <button
          ref={opener}
          type="button"
          className="btn sm"
          aria-label={w.cameraFor(name)}
          onClick={() => setCamera(!camera)}
        >
          <Icon name="camera" />
          {w.camera}
        </button>
        <button
          type="button"
          className="btn sm"
          aria-label={w.addTo(name)}
          onClick={() => choose.current?.click()}
        >
          <Icon name="add" />
          {w.add}
        </button>
        <More id={id} name={name} at={at} />
        <input
          ref={choose}
          type="file"
          accept="image/*"
          multiple
          hidden
          onChange={(event) => {
            take([...(event.target.files ?? [])]);
            event.target.value = '';
          }}
        />
      </div>
      {camera && (
        <Camera
          onShot={(blob, burst) => void add([{ name: 'camera.jpg', blob, folder: null }], id, burst)}
          onClose={() => {
            setCamera(false);
            opener.current?.focus();
          }}
        />
      )}
      <Strip name={name} examples={own} />
    </section>
  );
});

/** A class as it is on the page now; the page itself where there is none. */
const row = (at: number): HTMLElement | null =>
  document.querySelectorAll<HTMLElement>('.lesson')[at] ?? document.getElementById('main');

/** Order, merging, deleting: the menu of a class. */
function More({ id, name, at }: { id: string; name: string; at: number }) {
  const w = useTeachWords();
  const classes = useTeach((teach) => teach.project?.classes) ?? [];
  const change = useTeach((teach) => teach.change);
  const move = (by: 1 | -1): void => {
    const ids = classes.map((one) => one.id);
    ids.splice(at, 1);
    ids.splice(at + by, 0, id);
    void keepFocus(change({ kind: 'order-classes', ids }), () => row(at + by)?.querySelector('summary'));
  };
  const others = classes.filter((one) => one.id !== id);
  return (
    <Menu className="icon" label={w.more(name)} button={<Icon name="more" />}>
      <MenuItem disabled={at === 0} onChoose={() => move(-1)}>
        {w.up}
      </MenuItem>
      <MenuItem disabled={at === classes.length - 1} onChoose={() => move(1)}>
        {w.down}
      </MenuItem>
      {others.length > 0 && (
        <MenuGroup label={w.mergeInto}>
          {others.map((one, i) => (
            <MenuItem
              key={one.id}
              onChoose={() =>
                void keepFocus(change({ kind: 'merge-classes', from: id, into: one.id }), () => row(i))
              }
            >
              {one.name}
            </MenuItem>
          ))}
        </MenuGroup>
      )}
      <MenuItem
        onChoose={() =>
          void keepFocus(change({ kind: 'delete-class', id }), () => row(Math.min(at, others.length - 1)))
        }
      >
        {w.deleteClass}
      </MenuItem>
    </Menu>
  );
}
