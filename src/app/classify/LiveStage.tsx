/** The camera in place of the picture: what it sees, with the map of the latest answer on it. Loaded when it is asked for. */
import { type CSSProperties, useEffect, useState } from 'react';
import type { Raster } from '../../bit/index.ts';
import { Icon } from '../shell/Icon.tsx';
import { frameOf, useCamera } from '../shell/useCamera.ts';
import { usePhone } from '../shell/usePhone.ts';
import { useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { around, within } from './frame.ts';
import { OnPicture } from './OnPicture.tsx';
import type { Picture } from './picture.ts';
import { useMapView } from './useMapView.ts';

/** The pixels that the video shows now; null before it shows any. */
function pixelsOf(video: HTMLVideoElement, canvas: OffscreenCanvas): Raster | null {
  const { videoWidth: width, videoHeight: height } = video;
  if (width === 0 || height === 0) return null;
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) return null;
  context.drawImage(video, 0, 0);
  // a camera's picture is opaque, so that RGBA serves as RGB
  return { mode: 'RGB', width, height, channels: 4, data: context.getImageData(0, 0, width, height).data };
}

/** Answers one frame after another, never two at once; none while the page is hidden. */
function useAnswers(video: { readonly current: HTMLVideoElement | null }): void {
  const see = useApp((app) => app.see);
  useEffect(() => {
    let going = true;
    const canvas = new OffscreenCanvas(1, 1);
    const next = (): void => {
      requestAnimationFrame(() => {
        const frame = going && video.current !== null ? pixelsOf(video.current, canvas) : null;
        if (!going) return;
        if (frame === null) next();
        else void see(frame).then(next);
      });
    };
    next();
    return () => {
      going = false;
    };
  }, [see, video]);
}

export function LiveStage({ picture }: { picture: Picture }) {
  const t = useStrings();
  const phone = usePhone();
  const map = useMapView();
  const bare = useApp((app) => app.bare);
  const { closeCamera, keepFrame, teachWith } = useApp((app) => app);
  const { video, failed, turn } = useCamera();
  const [size, setSize] = useState({ width: 4, height: 3 });
  useAnswers(video);
  const { answer } = picture;
  const bounds = { left: 0, top: 0, ...(answer ?? size) };
  const seen = answer?.seen ?? bounds;
  const view = phone ? seen : around(bounds, seen);
  const keep = async (): Promise<void> => {
    const frame = await frameOf(video.current);
    if (frame !== null) keepFrame(frame);
  };
  const teach = async (): Promise<void> => {
    const blob = await frameOf(video.current);
    if (blob !== null) teachWith([{ name: 'camera.jpg', blob, folder: null }]);
  };
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 min-h-[56px] py-1 shrink-0 max-strip:px-[18px]">
        <p className="font-semibold">{t.cameraNow}</p>
        <span className="grow" />
        {answer !== null && map !== null && !phone && <map.OverlayChoice />}
        <button type="button" className="btn sm" onClick={turn}>
          {t.switchCamera}
        </button>
        <button
          type="button"
          className="icon"
          aria-label={t.closeCamera}
          title={t.closeCamera}
          onClick={closeCamera}
        >
          <Icon name="close" />
        </button>
      </div>
      {failed ? (
        <p role="alert" className="prose p-4">
          {t.noCamera}
        </p>
      ) : (
        <div className="fit">
          <div
            className={bare ? 'frame bare' : 'frame'}
            style={{ '--aspect': view.width / view.height } as CSSProperties}
          >
            <video
              ref={video}
              autoPlay
              playsInline
              muted
              aria-label={t.cameraOn}
              style={within(bounds, view)}
              onLoadedMetadata={({ currentTarget: { videoWidth: width, videoHeight: height } }) =>
                setSize({ width, height })
              }
            />
            {answer !== null && <OnPicture picture={picture} answer={answer} seen={seen} view={view} />}
          </div>
          {answer !== null && map !== null && !phone && (
            <div className="note">
              <map.MapNote picture={picture} answer={answer} />
            </div>
          )}
        </div>
      )}
      {!failed && (
        <div className="flex justify-center pt-1 pb-3 max-strip:pt-3 shrink-0">
          <div className="flex flex-wrap gap-2">
            <button type="button" className="btn go" onClick={() => void keep()}>
              <Icon name="camera" />
              {t.takePicture}
            </button>
            <button type="button" className="btn" onClick={() => void teach()}>
              <Icon name="teach" />
              {t.teachWith}
            </button>
          </div>
        </div>
      )}
    </>
  );
}
