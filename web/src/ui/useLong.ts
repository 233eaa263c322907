import { useEffect, useState } from 'react';

/** Whether something has been going on for so long that a word about it is due. */
export function useLong(going: boolean, afterMs = 3000): boolean {
  const [long, setLong] = useState(false);
  useEffect(() => {
    if (!going) return;
    const timer = window.setTimeout(() => setLong(true), afterMs);
    return () => {
      window.clearTimeout(timer);
      setLong(false);
    };
  }, [going, afterMs]);
  return going && long;
}
