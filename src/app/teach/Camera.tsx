import { useEffect, useRef, useState } from 'react';
import { Icon } from '../shell/Icon.tsx';
import { useTeachWords } from './useTeach.ts';

/** Between the pictures of a burst, ms. */
const EVERY_MS = 250;
const QUALITY = 0.92;

/** The camera's picture and a button that takes a burst while it is held; a press of Space or Enter holds it too. */
export function Camera(props: { onShot: (blob: Blob, burst: string) => void; onClose: () => void }) {
  const w = useTeachWords();
  const video = useRef<HTMLVideoElement>(null);
  const [facing, setFacing] = useState<'environment' | 'user'>('environment');
  const [failed, setFailed] = useState(false);
  const [taken, setTaken] = useState(0);
  const timer = useRef<ReturnType<typeof setInterval>>(undefined);

  useEffect(() => {
    let stream: MediaStream | null = null;
    let gone = false;
    const asked = navigator.mediaDevices?.getUserMedia({ video: { facingMode: facing } });
    (asked ?? Promise.reject(new Error('no camera'))).then(
      (given) => {
        if (gone) for (const track of given.getTracks()) track.stop();
        else {
          stream = given;
          if (video.current) video.current.srcObject = given;
        }
      },
      () => setFailed(true), // refused, or none: the words say what to do
    );
    return () => {
      gone = true;
      clearInterval(timer.current);
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, [facing]);

  const shoot = async (burst: string): Promise<void> => {
    const from = video.current;
    if (!from || from.videoWidth === 0) return;
    const canvas = new OffscreenCanvas(from.videoWidth, from.videoHeight);
    canvas.getContext('2d')?.drawImage(from, 0, 0);
    props.onShot(await canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY }), burst);
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
          onPointerDown={hold}
          onPointerUp={release}
          onPointerLeave={release}
          onKeyDown={(event) => {
            if ((event.key === ' ' || event.key === 'Enter') && !event.repeat) hold();
          }}
          onKeyUp={release}
          onBlur={release}
        >
          <Icon name="camera" />
          {w.shoot}
        </button>
        <button
          type="button"
          className="btn sm"
          onClick={() => setFacing(facing === 'user' ? 'environment' : 'user')}
        >
          {w.switchCamera}
        </button>
        <button type="button" className="link text-[13px]" onClick={props.onClose}>
          {w.closeCamera}
        </button>
      </div>
    </div>
  );
}
