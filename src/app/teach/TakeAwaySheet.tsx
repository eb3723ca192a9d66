import { type CSSProperties, useEffect, useState } from 'react';
import { fileName } from '../../bit/index.ts';
import type { ExportForm } from '../../engine/protocol.ts';
import { Icon } from '../shell/Icon.tsx';
import { Sheet } from '../shell/Sheet.tsx';
import { save } from '../shell/save.ts';
import { useStrings } from '../shell/Words.tsx';
import { useTeach, useTeachWords } from './useTeach.ts';

const FORMS = ['folder', 'onnx', 'head', 'page'] as const;
const ENDINGS: Readonly<Record<(typeof FORMS)[number], string>> = {
  folder: ' for transformers.zip',
  onnx: '.onnx',
  head: ' last layer.safetensors',
  page: ' page.zip',
};

/** Five ways to take what was taught elsewhere, and what each is good for. */
export function TakeAwaySheet() {
  const w = useTeachWords();
  const learnt = useTeach((teach) => teach.learnt);
  return (
    <Sheet name="take-away" title={w.exportModel}>
      <div className="px-5 py-4">
        {learnt === null ? (
          <p className="prose">{w.exportNothing}</p>
        ) : (
          <>
            <ul className="grid gap-4">
              {FORMS.map((form) => (
                <Way key={form} form={form} />
              ))}
              <Link />
            </ul>
            <p className="cap mt-4">{w.exportBack}</p>
          </>
        )}
      </div>
    </Sheet>
  );
}

function Way({ form }: { form: ExportForm | 'head' }) {
  const w = useTeachWords();
  const t = useStrings();
  const { project, making, takeAway, stopMaking } = useTeach((teach) => teach);
  const words = w.exports[form];
  const busy = making?.form === form;
  const take = async (): Promise<void> => {
    const blob = await takeAway(form);
    if (blob !== null && project !== null) save(blob, `${fileName(project.name)}${ENDINGS[form]}`);
  };
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 items-start">
      <div>
        <h3 className="text-[14px] leading-5 font-semibold">{words.name}</h3>
        <p className="prose">{words.what}</p>
        {busy && (
          <span
            className="prog mt-2"
            role="progressbar"
            aria-label={words.name}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.floor(100 * making.share)}
            style={{ '--v': 100 * making.share } as CSSProperties}
          >
            <i />
          </span>
        )}
      </div>
      <button
        type="button"
        className="btn"
        disabled={making !== null && !busy}
        aria-label={busy ? `${t.cancel}: ${words.name}` : `${w.exportSave}: ${words.name}`}
        onClick={busy ? stopMaking : () => void take()}
      >
        {busy ? (
          t.cancel
        ) : (
          <>
            <Icon name="download" />
            {w.exportSave}
          </>
        )}
      </button>
    </li>
  );
}

/** Whether this page is served by this machine, so that its address means nothing elsewhere. */
const isLocal = (): boolean => /^(localhost|127\.|\[::1\])/.test(location.hostname);

/** Copies the address; the file is offered where it would be too long. */
function Link() {
  const w = useTeachWords();
  const { learnt, link } = useTeach((teach) => teach);
  const [address, setAddress] = useState<string | null | undefined>(undefined);
  const [copied, setCopied] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was learnt is what the link holds
  useEffect(() => {
    let gone = false;
    setCopied(false);
    void link().then((made) => {
      if (!gone) setAddress(made);
    });
    return () => {
      gone = true;
    };
  }, [learnt, link]);
  const copy = async (): Promise<void> => {
    if (!address) return;
    try {
      await navigator.clipboard.writeText(address);
      setCopied(true);
    } catch {
      // a browser may refuse: the field below is there to copy from
      setCopied(false);
    }
  };
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 items-start">
      <div>
        <h3 className="text-[14px] leading-5 font-semibold">{w.exports.link.name}</h3>
        <p className="prose">
          {address === null ? w.linkTooLong : w.exports.link.what} {address && isLocal() && w.linkLocal}
        </p>
        <p role="status" className="cap mt-1">
          {copied && w.copied}
        </p>
      </div>
      <button type="button" className="btn" disabled={!address} onClick={() => void copy()}>
        {w.copyLink}
      </button>
      {address && (
        <input
          className="address col-span-2"
          aria-label={w.exports.link.name}
          readOnly
          value={address}
          onFocus={(event) => event.currentTarget.select()}
        />
      )}
    </li>
  );
}
