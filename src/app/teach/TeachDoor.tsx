/** The way into Teach, which is not part of the first load: it is fetched here, and again where that failed. */
import { useCallback, useEffect, useState } from 'react';
import type { PlainError } from '../../engine/protocol.ts';
import { useApp } from '../store.ts';
import type { TeachPlace } from './TeachPlace.tsx';
import { Trouble } from './Trouble.tsx';
import type { TeachStore } from './teach.ts';

interface Opened {
  readonly Place: typeof TeachPlace;
  readonly store: TeachStore;
}

/** Style sheets that did not come. The loader of chunks counts them as fetched and never asks for them again. */
const missing = new Set<HTMLLinkElement>();

function heedStyle({ target }: Event): void {
  if (target instanceof HTMLLinkElement && target.rel === 'stylesheet') missing.add(target);
}

async function fetchMissing(): Promise<void> {
  const links = [...missing];
  missing.clear();
  const fetches = links.map(
    (link) =>
      new Promise<void>((resolve, reject) => {
        const fresh = document.createElement('link');
        fresh.addEventListener('load', () => resolve());
        fresh.addEventListener('error', () => reject(new Error(`${link.href} did not load`)));
        Object.assign(fresh, { rel: link.rel, crossOrigin: link.crossOrigin, href: link.href });
        link.replaceWith(fresh);
      }),
  );
  await Promise.all(fetches);
}

export function TeachDoor() {
  const openTeach = useApp((app) => app.openTeach);
  const [opened, setOpened] = useState<Opened | null>(null);
  const [failure, setFailure] = useState<PlainError | null>(null);
  /** A person had it try again. */
  const [again, setAgain] = useState(false);
  const open = useCallback(() => {
    Promise.all([import('./TeachPlace.tsx'), openTeach(), fetchMissing()]).then(
      ([{ TeachPlace: Place }, store]) => setOpened({ Place, store }),
      (cause: unknown) => setFailure({ code: 'network', message: String(cause), file: undefined }),
    );
  }, [openTeach]);
  useEffect(() => {
    document.addEventListener('error', heedStyle, true); // for good: a sheet may fail after the person has left
    open();
  }, [open]);
  if (opened !== null) return <opened.Place store={opened.store} />;
  if (failure === null && !again) return <main id="main" className="flex-1" tabIndex={-1} />;
  const tryAgain = (): void => {
    setFailure(null);
    setAgain(true);
    open();
  };
  return <Trouble error={failure} onAgain={tryAgain} />;
}
