import type { ConnectionSummary } from '../../api/types';
import { Age, Time } from '../../ui/Time';
import { Dim } from './parts';

type Props = Pick<ConnectionSummary, 'as_of' | 'told_at'> & {
  /** Where ‘Data’ stands before it already. */
  begin?: 'Data as of' | 'As of';
};

/** How old the data of a connection is: what was read, and what webhooks told since. */
export function AsOf({ as_of, told_at, begin = 'Data as of' }: Props) {
  if (!as_of) return 'No sync has finished yet. What has been read is shown already.';
  return (
    <>
      {begin} <Time at={as_of} seconds />{' '}
      <Dim>
        (<Age at={as_of} /> ago)
      </Dim>
      {told_at && told_at > as_of && (
        <>
          , and what webhooks told up to <Age at={told_at} /> ago
        </>
      )}
    </>
  );
}
