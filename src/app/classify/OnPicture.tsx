import type { Classification } from '../../engine/protocol.ts';
import { usePhone } from '../shell/usePhone.ts';
import { type Rect, within } from './frame.ts';
import type { Picture } from './picture.ts';
import { useMapView } from './useMapView.ts';

/** What lies on a picture: the map, and corner marks around the part that the model saw; on a phone, which shows no more, the switch. */
export function OnPicture(props: { picture: Picture; answer: Classification; seen: Rect; view: Rect }) {
  const { picture, answer, seen, view } = props;
  const phone = usePhone();
  const map = useMapView();
  const style = within(seen, view);
  return (
    <>
      {map !== null && (
        <>
          <map.MapLayer picture={picture} answer={answer} style={style} />
          {phone && <map.OverlayChoice />}
        </>
      )}
      {!phone && (
        <div className="seen" style={style} aria-hidden="true">
          <i />
          <i />
          <i />
          <i />
        </div>
      )}
    </>
  );
}
