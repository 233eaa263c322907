import { useQuery } from '@tanstack/react-query';
import { connectionQuery } from '../../api/connections';
import { useNow } from '../../lib/clock';
import { limitWords } from '../../lib/health';
import { useZone } from '../../ui/Time';
import { useLong } from '../../ui/useLong';
import { Line } from './parts';

interface Props {
  /** Null for a connection that is not kept yet. */
  id: number | null;
  /** What becomes of it when somebody leaves the page. */
  leave: string;
}

/** Why an answer of HaloPSA takes long, and until when. */
export function AskedLine({ id, leave }: Props) {
  const zone = useZone();
  const now = useNow();
  const { data } = useQuery({ ...connectionQuery(id ?? 0), enabled: id !== null });
  const limit = data ? limitWords(data.activity, zone, now) : null;
  return (
    <Line dim>
      HaloPSA is being asked. All requests share its limit, so this may take a few minutes; {leave}
      {limit && ` ${limit}.`}
    </Line>
  );
}

/** Says so after a few seconds. */
export function Asked({ pending, ...props }: Props & { pending: boolean }) {
  const long = useLong(pending);
  return <div role="status">{long && <AskedLine {...props} />}</div>;
}
