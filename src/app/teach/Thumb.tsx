import { useEffect, useState } from 'react';

/** A stored picture; its address lives as long as it is shown. */
export function Thumb({ blob, className }: { blob: Blob; className?: string }) {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url === null ? null : <img src={url} alt="" decoding="async" loading="lazy" className={className} />;
}
