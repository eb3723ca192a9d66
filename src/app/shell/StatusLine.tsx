import { useShallow } from 'zustand/react/shallow';
import { useApp } from '../store.ts';
import { deviceTexts, privacyText, statusText } from './status.ts';
import { useStrings } from './Words.tsx';

export function StatusLine() {
  const t = useStrings();
  const text = useApp((app) => statusText(app, t));
  const privacy = useApp((app) => privacyText(app, t));
  const device = useApp(useShallow((app) => deviceTexts(app, t)));
  return (
    <footer className="status">
      <p className="flex gap-2 items-center text-ink font-medium">
        <span className="dot" />
        {text}
      </p>
      {device.map((each) => (
        <span key={each} className="less">
          {each}
        </span>
      ))}
      <span className="end">{privacy}</span>
    </footer>
  );
}
