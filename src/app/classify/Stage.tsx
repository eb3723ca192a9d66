import { type CSSProperties, lazy, useEffect, useState } from 'react';
import { Icon } from '../shell/Icon.tsx';
import { Later } from '../shell/Later.tsx';
import { usePhone } from '../shell/usePhone.ts';
import { Label, useStrings, Words } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { around, type Rect, within } from './frame.ts';
import type { Choose } from './LookPlace.tsx';
import { OnPicture } from './OnPicture.tsx';
import { type Picture, selectedPicture } from './picture.ts';
import { SAMPLES } from './samples.ts';
import { useMapView } from './useMapView.ts';

/** Not part of the first load. */
const LiveStage = lazy(async () => ({ default: (await import('./LiveStage.tsx')).LiveStage }));

/** The address of the picture's bytes, alive while it is shown. */
function useAddress(picture: Picture | undefined): string | null {
  const [made, setMade] = useState<{ readonly blob: Blob; readonly address: string } | null>(null);
  const blob = picture?.blob ?? null;
  useEffect(() => {
    if (blob === null) return;
    const address = URL.createObjectURL(blob);
    setMade({ blob, address });
    return () => URL.revokeObjectURL(address);
  }, [blob]);
  if (blob === null) return picture?.url ?? null;
  return made?.blob === blob ? made.address : null; // never the revoked one of the picture before
}

/** Pixels beyond which a picture is not drawn: a hidden image is not decoded, and 100 MP take 400 MB. */
const DRAWN = 100e6;

const whole = (width: number, height: number): Rect => ({ left: 0, top: 0, width, height });

function Framed({ address, picture, alt }: { address: string; picture: Picture; alt: string }) {
  const t = useStrings();
  const phone = usePhone();
  const map = useMapView();
  const bare = useApp((app) => app.bare);
  const answer = picture.answer ?? picture.stored;
  const [natural, setNatural] = useState<Rect | 'broken' | null>(null);
  const size = answer !== null ? whole(answer.width, answer.height) : natural === 'broken' ? null : natural;
  if (natural === 'broken') {
    return <p className="text-ink2 text-[13px]">{t.cannotShow}</p>;
  }
  const bounds = size ?? whole(4, 3);
  const seen = answer?.seen ?? bounds;
  const view = phone ? seen : around(bounds, seen);
  return (
    <>
      <div
        className={bare ? 'frame bare' : 'frame'}
        style={{ '--aspect': view.width / view.height } as CSSProperties}
      >
        <img
          src={address}
          alt={alt}
          style={{ ...within(bounds, view), visibility: size === null ? 'hidden' : undefined }}
          onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
            setNatural(naturalWidth * naturalHeight > DRAWN ? 'broken' : whole(naturalWidth, naturalHeight))
          }
          onError={() => setNatural('broken')}
        />
        {answer !== null && <OnPicture picture={picture} answer={answer} seen={seen} view={view} />}
      </div>
      {answer !== null && !phone && (
        <div className="note">
          {map === null ? (
            <p className="cap text-ink2">{t.corners}</p>
          ) : (
            <map.MapNote picture={picture} answer={answer} />
          )}
        </div>
      )}
    </>
  );
}

function Heading({ picture }: { picture: Picture }) {
  const t = useStrings();
  const language = useApp((app) => app.language);
  const removePictures = useApp((app) => app.removePictures);
  const map = useMapView();
  const phone = usePhone();
  const answer = picture.answer ?? picture.stored;
  const sample = picture.sample === null ? undefined : SAMPLES[picture.sample - 1];
  return (
    <div className="flex items-center gap-3 h-[56px] shrink-0 max-strip:hidden">
      <p className="truncate">
        <span className="font-semibold">
          {picture.sample === null ? (
            <Label>{picture.name}</Label>
          ) : (
            <span className="initial inline-block">{t.sample(picture.sample)}</span>
          )}
        </span>
        <span className="text-ink2 ml-2.5 text-[13px]">
          {sample !== undefined
            ? sample.shows[language]
            : answer !== null && `${answer.width} × ${answer.height}`}
        </span>
      </p>
      <span className="grow" />
      {answer !== null && map !== null && !phone && <map.OverlayChoice />}
      {picture.sample === null && (
        <button
          type="button"
          className="icon"
          aria-label={t.remove(picture.name)}
          title={t.remove(picture.name)}
          onClick={() => removePictures([picture.id])}
        >
          <Icon name="bin" />
        </button>
      )}
    </div>
  );
}

/** The picture as large as it fits, with corner marks around the part that the model saw. */
export function Stage({ choose }: { choose: Choose }) {
  const t = useStrings();
  const picture = useApp(selectedPicture);
  const language = useApp((app) => app.language);
  const address = useAddress(picture);
  const live = useApp((app) => app.live);
  const openCamera = useApp((app) => app.openCamera);
  const phone = usePhone();
  if (live !== null) {
    return (
      <section className="stage" aria-label={t.picture}>
        <Later>
          <LiveStage picture={live} />
        </Later>
      </section>
    );
  }
  if (picture === undefined) return <section className="stage" aria-label={t.picture} />;
  const sample = picture.sample === null ? undefined : SAMPLES[picture.sample - 1];
  return (
    <section className="stage" aria-label={t.picture}>
      <Heading picture={picture} />
      <div className="fit relative">
        {phone && (
          <button type="button" className="icon lens" aria-label={t.camera} onClick={openCamera}>
            <Icon name="camera" />
          </button>
        )}
        {address !== null && (
          <Framed
            key={`${picture.id} ${address}`}
            address={address}
            picture={picture}
            alt={sample?.shows[language] ?? picture.name}
          />
        )}
      </div>
      {sample !== undefined && (
        <div className="flex flex-wrap items-center gap-3 py-3 mt-3 mb-2 border-t border-edge shrink-0 max-strip:hidden">
          <p className="text-[16px] leading-[22px] text-ink2 [&_b]:text-ink">
            <Words text={t.drop} />
          </p>
          <span className="grow" />
          <button type="button" className="btn" onClick={openCamera}>
            <Icon name="camera" />
            {t.camera}
          </button>
          <button type="button" className="btn go" onClick={choose.pictures}>
            <Icon name="add" />
            {t.choosePictures}
          </button>
        </div>
      )}
    </section>
  );
}
