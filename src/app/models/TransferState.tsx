import type { CSSProperties } from 'react';
import type { PlainError } from '../../engine/protocol.ts';
import type { DownloadProgress, ShelfModel } from '../../engine/shelf/protocol.ts';
import { megabytes } from '../figures.ts';
import { errorSentence } from '../shell/errorSentence.ts';
import { useStrings } from '../shell/Words.tsx';
import type { Strings } from '../strings.ts';
import type { ShelfWords } from './shelfWords.ts';
import { useShelfWords } from './useShelf.ts';

/** Whole seconds below two minutes, minutes above. */
export function timeLeft(seconds: number, w: ShelfWords): string {
  return seconds < 120
    ? w.seconds(String(Math.max(1, Math.ceil(seconds))))
    : w.minutes(String(Math.round(seconds / 60)));
}

/** "62 MB of 102 MB, 6.9 MB/s, 6 s left" */
export function progressText(progress: DownloadProgress | null, w: ShelfWords, t: Strings): string {
  if (progress === null) return w.starting;
  const { step, done, total, rate, secondsLeft, wait } = progress;
  const amount = total > 0 ? w.progressOf(megabytes(done), megabytes(total)) : megabytes(done);
  if (step === 'wait') return wait === null ? w.stepOf.wait : w.waits(String(Math.ceil(wait.seconds)));
  if (step !== 'fetch') return `${w.stepOf[step]}${t.comma}${amount}`;
  return [
    amount,
    ...(rate > 0 ? [`${megabytes(rate)}/s`] : []),
    ...(secondsLeft === null ? [] : [w.left(timeLeft(secondsLeft, w))]),
  ].join(t.comma);
}

/** The ruler without ticks: how much of a model is here. */
export function Amount({
  done,
  total,
  name,
  still,
}: {
  done: number;
  total: number;
  name: string;
  still?: boolean;
}) {
  if (total <= 0) return null;
  const share = Math.min(100, Math.floor((done / total) * 100));
  return (
    <span
      className={still ? 'prog still mt-1' : 'prog mt-1'}
      role="progressbar"
      aria-label={name}
      aria-valuenow={share}
      aria-valuemin={0}
      aria-valuemax={100}
      style={{ '--v': share } as CSSProperties}
    >
      <i />
    </span>
  );
}

/** A download that runs here. */
export function Running({ progress, name }: { progress: DownloadProgress | null; name: string }) {
  const t = useStrings();
  const w = useShelfWords();
  return (
    <>
      <span>{progressText(progress, w, t)}</span>
      {progress?.wait && <small className="block">{errorSentence(progress.wait.error, t)}</small>}
      {progress !== null && <Amount done={progress.done} total={progress.total} name={name} />}
    </>
  );
}

/** A download that stopped, and why where that is known. */
export function Stopped({
  model,
  name,
  error,
}: {
  model: ShelfModel;
  name: string;
  error: PlainError | undefined;
}) {
  const w = useShelfWords();
  return (
    <>
      <span className="text-unsure font-medium">{w.stoppedAt(megabytes(model.stored))}</span>
      <Amount done={model.stored} total={model.bytes ?? 0} name={name} still />
      {error !== undefined && <Why error={error} />}
    </>
  );
}

/** An error in a cell: what to do, and the exact words for whoever asks. */
export function Why({ error }: { error: PlainError }) {
  const t = useStrings();
  return (
    <small className="block mt-1" title={error.message}>
      {errorSentence(error, t)}
    </small>
  );
}
