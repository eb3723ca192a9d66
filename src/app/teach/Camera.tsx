import { useEffect, useRef, useState } from 'react';
import { Icon } from '../shell/Icon.tsx';
import { frameOf, useCamera } from '../shell/useCamera.ts';
import { useEscape } from './useEscape.ts';
import { useTeachWords } from './useTeach.ts';

/** Between the pictures of a burst, ms. */
const EVERY_MS = 250;

/** The camera's picture and a button that takes a burst while it is held; a press of Space or Enter holds it too. */
export function Camera(props: { onShot: (blob: Blob, burst: string) => void; onClose: () => void }) {
  const w = useTeachWords();
  const { video, failed, turn } = useCamera();
  const [taken, setTaken] = useState(0);
  const timer = useRef<ReturnType<typeof setInterval>>(undefined);
  useEffect(() => () => clearInterval(timer.current), []);
  useEscape(true, props.onClose);

  const shoot = async (burst: string): Promise<void> => {
    const frame = await frameOf(video.current);
    if (frame === null) return;
    props.onShot(frame, burst);
    setTaken((n) => n + 1);
  };
  const hold = (): void => {
    clearInterval(timer.current);
    const burst = crypto.randomUUID();
    void shoot(burst);
    timer.current = setInterval(() => void shoot(burst), EVERY_MS);
  };
  const release = (): void => clearInterval(timer.current);

  if (failed) {
    return (
      <p className="prose mt-2.5" role="alert">
        {w.noCamera}{' '}
        <button type="button" className="link" onClick={props.onClose}>
          {w.closeCamera}
        </button>
      </p>
    );
  }
  return (
    <div className="flex flex-wrap items-end gap-3 mt-2.5">
      <video
        ref={video}
        autoPlay
        playsInline
        muted
        className="w-[232px] aspect-[4/3] object-cover bg-sunk rounded-[3px]"
      />
      <div className="grid gap-2 justify-items-start">
        <p className="cap">{w.taken(taken)}</p>
        <button
          type="button"
          className="btn go"
          onPointerDown={(event) => {
            // whatever moves under the pointer, the burst ends when it is let go
            event.currentTarget.setPointerCapture(event.pointerId);
            hold();
          }}
          onPointerUp={release}
          onLostPointerCapture={release}
          onKeyDown={(event) => {
            if ((event.key === ' ' || event.key === 'Enter') && !event.repeat) hold();
          }}
          onKeyUp={release}
          onBlur={release}
        >
          <Icon name="camera" />
          {w.shoot}
        </button>
        <button type="button" className="btn sm" onClick={turn}>
          {w.switchCamera}
        </button>
        <button type="button" className="link text-[13px]" onClick={props.onClose}>
          {w.closeCamera}
        </button>
      </div>
    </div>
  );
}
