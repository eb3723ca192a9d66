import { useEffect, useState } from 'react';

/** How many of `of` things are in the document: `first` of them, then `step` more with each frame while `on`. */
export function useGrowing(of: number, first: number, step: number, on: boolean): number {
  const [grown, setGrown] = useState(first);
  useEffect(() => {
    if (!on) {
      setGrown(first);
      return;
    }
    if (grown >= of) return;
    const frame = requestAnimationFrame(() => setGrown(grown + step));
    return () => cancelAnimationFrame(frame);
  }, [of, first, step, on, grown]);
  return Math.min(of, on ? grown : first);
}
