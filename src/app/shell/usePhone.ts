import { useEffect, useState } from 'react';

/** True where the window is narrower than theme.css's `strip`: a phone. */
export function usePhone(): boolean {
  const [phone, setPhone] = useState(() => matchMedia('(max-width: 639.98px)').matches);
  useEffect(() => {
    const query = matchMedia('(max-width: 639.98px)');
    const follow = () => setPhone(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  return phone;
}
