import { useEffect, useState } from 'react';
import { inField } from './fields.ts';
import { addressIn } from './link.ts';
import type { Purpose } from './take.ts';

const LINK = 'text/uri-list';
const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
/** A field takes a link as text. */
const holdsLink = (event: DragEvent) =>
  (event.dataTransfer?.types.includes(LINK) ?? false) && !inField(event.target);

/** A file with the path it had below what was dropped, as `pathOf` reads it. */
const withPath = (file: File, path: string): File => Object.assign(file, { relativePath: path });

/** The file, or an empty one of its name where the system will not let it be read: its row then says so. */
const asFile = (entry: FileSystemFileEntry) =>
  new Promise<File>((resolve) => entry.file(resolve, () => resolve(new File([], entry.name))));

async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  if (entry instanceof FileSystemFileEntry) return [withPath(await asFile(entry), entry.fullPath)];
  if (!(entry instanceof FileSystemDirectoryEntry)) return [];
  const reader = entry.createReader();
  const found: File[] = [];
  // readEntries hands out a folder in parts (100 at a time in Chromium) until an empty one.
  for (;;) {
    // what is left of a folder that cannot be read to its end is not there
    const part = await new Promise<FileSystemEntry[]>((resolve) =>
      reader.readEntries(resolve, () => resolve([])),
    );
    if (part.length === 0) return found;
    for (const inner of part) found.push(...(await filesOf(inner)));
  }
}

/** All files of a drop, folders opened. The entries must be taken before the event ends, so nothing is awaited first. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  const taken = [...transfer.items]
    .filter((item) => item.kind === 'file')
    .map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const lists = await Promise.all(
    taken.map(async ({ entry, file }) => (entry?.isDirectory ? filesOf(entry) : file === null ? [] : [file])),
  );
  return lists.flat();
}

/** The half of the overlay under the pointer; the first where there is one only. */
function zoneAt(event: DragEvent): Purpose | undefined {
  const under = document.elementFromPoint(event.clientX, event.clientY);
  const zone = under?.closest<HTMLElement>('[data-zone]')?.dataset.zone;
  return zone === 'look' || zone === 'teach' ? zone : undefined;
}

/**
 * Files dropped anywhere on the page go to `take`, with the zone that they were dropped on; a link dragged from
 * elsewhere to `takeAddress`. Returns whether a drag that holds files is over the page, and the zone under it.
 */
export function useFileDrop(
  take: (files: readonly File[], purpose?: Purpose) => void,
  takeAddress: (address: URL) => void,
): {
  readonly over: boolean;
  readonly zone: Purpose | undefined;
} {
  const [over, setOver] = useState(false);
  const [zone, setZone] = useState<Purpose>();
  useEffect(() => {
    let inside = 0; // elements entered and not left yet
    let target: Purpose | undefined;
    const count = (by: number) => (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      inside = Math.max(0, inside + by);
      setOver(inside > 0);
    };
    const enter = count(1);
    const leave = count(-1);
    const hover = (event: DragEvent) => {
      if (!holdsFiles(event) && !holdsLink(event)) return;
      event.preventDefault(); // else the browser would open it itself
      if (holdsFiles(event)) setZone(zoneAt(event));
    };
    const drop = (event: DragEvent) => {
      if (event.dataTransfer === null) return;
      if (!holdsFiles(event)) {
        const address = holdsLink(event) ? addressIn(event.dataTransfer.getData(LINK)) : null;
        if (address === null) return;
        event.preventDefault();
        return takeAddress(address);
      }
      event.preventDefault();
      const purpose = target;
      void droppedFiles(event.dataTransfer).then((files) => take(files, purpose));
    };
    // a part of the page may take the drop for itself; the drag is over then too
    const end = (event: DragEvent) => {
      target = zoneAt(event); // before the zones go
      inside = 0;
      setOver(false);
    };
    document.addEventListener('drop', end, true);
    document.addEventListener('dragenter', enter);
    document.addEventListener('dragleave', leave);
    document.addEventListener('dragover', hover);
    document.addEventListener('drop', drop);
    return () => {
      document.removeEventListener('drop', end, true);
      document.removeEventListener('dragenter', enter);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('dragover', hover);
      document.removeEventListener('drop', drop);
    };
  }, [take, takeAddress]);
  return { over, zone };
}
