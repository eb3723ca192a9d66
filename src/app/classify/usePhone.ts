import { useEffect, useState } from 'react';

/** True on a phone, where only the part that the model saw is shown. */
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
