import { type RefObject, useEffect, useRef, useState } from 'react';

export type Facing = 'environment' | 'user';

/** A camera's stream in a <video>, stopped when the component goes. `failed`: refused, or there is none. */
export function useCamera(): {
  readonly video: RefObject<HTMLVideoElement | null>;
  readonly failed: boolean;
  /** To the camera on the other side, where there are two. */
  readonly turn: () => void;
} {
  const video = useRef<HTMLVideoElement>(null);
  const [facing, setFacing] = useState<Facing>('environment');
  const [failed, setFailed] = useState(false);
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
      () => setFailed(true), // the words say what to do
    );
    return () => {
      gone = true;
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, [facing]);
  return { video, failed, turn: () => setFacing(facing === 'user' ? 'environment' : 'user') };
}

const QUALITY = 0.92;

/** What the video shows now, as a JPEG; null before it shows anything. */
export async function frameOf(video: HTMLVideoElement | null): Promise<Blob | null> {
  if (!video || video.videoWidth === 0) return null;
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  return canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY });
}
