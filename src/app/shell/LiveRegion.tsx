import { useEffect, useRef, useState } from 'react';
import { useApp } from '../store.ts';
import { spokenText } from './status.ts';
import { useStrings } from './Words.tsx';

/** At most one message in this time, so that a screen reader can finish one. */
const PAUSE_MS = 2000;

/** The page's one polite live region. The newest message wins when several come within the pause. */
export function LiveRegion() {
  const t = useStrings();
  const text = useApp((app) => spokenText(app, t));
  const [said, setSaid] = useState('');
  const lastAt = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, lastAt.current + PAUSE_MS - Date.now());
    const timer = setTimeout(() => {
      lastAt.current = Date.now();
      setSaid(text);
    }, wait);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <p role="status" className="sr">
      {said}
    </p>
  );
}
