import { useConnections } from '../api/connections';
import { useSession } from '../api/session';
import { Loaded } from '../ui/Loaded';
import { LoadingCard } from '../ui/Loading';
import { PageHeader } from '../ui/PageHeader';
import classes from './home.module.css';
import { ConnectionOverview } from './home-connection';
import { FirstSteps } from './home-first-steps';

export function Page() {
  const { user, workspace } = useSession();
  const connections = useConnections();
  const nothingYet = connections.data?.length === 0;
  return (
    <>
      {nothingYet ? (
        <PageHeader
          title={user ? `Welcome, ${user.display_name}` : 'Welcome'}
          about="Haloscope reads from HaloPSA, so nothing is shown before there is a connection."
        />
      ) : (
        <PageHeader
          title={workspace.name || 'Home'}
          about="Where the data comes from, how fresh it is, and what to do next."
        />
      )}
      <Loaded query={connections} loading={<LoadingCard height={220} />}>
        {(list) =>
          list.length === 0 ? (
            <FirstSteps />
          ) : (
            <div className={classes.cards}>
              {list.map((connection) => (
                <ConnectionOverview key={connection.id} connection={connection} />
              ))}
            </div>
          )
        }
      </Loaded>
    </>
  );
}
