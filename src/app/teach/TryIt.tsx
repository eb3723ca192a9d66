import { type CSSProperties, useRef, useState } from 'react';
import { wholePercent } from '../figures.ts';
import { Icon } from '../shell/Icon.tsx';
import { Camera } from './Camera.tsx';
import { Thumb } from './Thumb.tsx';
import { useTeach, useTeachWords } from './useTeach.ts';

const SHOWN = 5;

/** A picture that is not taught with: what the taught classes say of it, live as they change. */
export function TryIt() {
  const w = useTeachWords();
  const { tried, tryWith, learnt } = useTeach((teach) => teach);
  const [camera, setCamera] = useState(false);
  const choose = useRef<HTMLInputElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  if (learnt === null) return null;
  const best = tried?.scores[0];
  return (
    <section className="mt-6">
      <div className="flex items-center gap-2 mb-2.5">
        <h2 className="lab grow">{w.tryIt}</h2>
        <button type="button" className="btn sm" onClick={() => choose.current?.click()}>
          {w.tryPicture}
        </button>
        <button ref={opener} type="button" className="btn sm" onClick={() => setCamera(!camera)}>
          <Icon name="camera" />
          {w.camera}
        </button>
        <input
          ref={choose}
          type="file"
          accept="image/*"
          hidden
          onChange={(event) => {
            const [file] = event.target.files ?? [];
            event.target.value = '';
            if (file) void tryWith(file, file.name);
          }}
        />
      </div>
      {camera && (
        <Camera
          onShot={(blob) => void tryWith(blob, 'camera.jpg')}
          onClose={() => {
            setCamera(false);
            opener.current?.focus();
          }}
        />
      )}
      {tried === null ? (
        <p className="prose">{w.tryHow}</p>
      ) : (
        <div className="trial">
          <Thumb blob={tried.blob} className="size-[116px] object-cover rounded-[3px]" />
          <div role="status">
            <p className={tried.none === true ? 'answer text-unsure' : 'answer'}>
              {tried.none === true ? w.noneOfThese : best?.label}
            </p>
            <ol>
              {tried.scores.slice(0, SHOWN).map(({ label, score }, i) => (
                <li
                  key={label}
                  className="share"
                  style={{ '--v': 100 * score, ...(i === 0 && { '--c': 'var(--bar)' }) } as CSSProperties}
                >
                  <span className="truncate">{label}</span>
                  <i />
                  <b>{wholePercent(score)}</b>
                </li>
              ))}
            </ol>
            <p className="cap mt-2 text-ink2!">
              {tried.none === true ? w.unlikeAll : tried.none === false ? w.similar : w.noveltyNone}
            </p>
          </div>
        </div>
      )}
    </section>
  );
}
