import { Burger, Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useLiveConnections } from '../api/connections';
import { useLine } from '../api/line';
import { sessionQuery, useSession } from '../api/session';
import { LineBanner, SampleBanner } from './Banners';
import { FreshnessChip } from './FreshnessChip';
import { LoadingPage } from './Loading';
import { Mark } from './Mark';
import { Navigation } from './Navigation';
import { Open } from './Open';
import { placesFor } from './places';
import { SchemeSwitch } from './SchemeSwitch';
import { SessionGate } from './SessionGate';
import classes from './Shell.module.css';
import { UserMenu } from './UserMenu';
import { focusSearch, useKeys } from './useKeys';

const Commands = lazy(() => import('./Commands'));
const KeysHelp = lazy(() => import('./KeysHelp'));

/** Opens the palette: the first time by drawing it, later through its own store (its code is there by then). */
function useCommands() {
  const [wanted, setWanted] = useState(false);
  const open = () => {
    if (wanted) void import('@mantine/spotlight').then(({ spotlight }) => spotlight.open());
    setWanted(true);
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      open();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });
  return { wanted, open };
}

function usePageKeys(showKeys: () => void) {
  const navigate = useNavigate();
  const { permissions } = useSession();
  const keys: Record<string, () => void> = { '?': showKeys, '/': focusSearch };
  for (const { key, to } of placesFor(permissions)) {
    if (key) keys[`g ${key}`] = () => void navigate({ to });
  }
  useKeys(keys);
}

function Frame() {
  const [menuOpen, menu] = useDisclosure();
  const [keysOpen, keys] = useDisclosure();
  const commands = useCommands();
  const line = useLine();
  useLiveConnections();
  usePageKeys(keys.open);
  return (
    <div className={classes.shell}>
      <a href="#main" className={classes.skip}>
        Skip to the page
      </a>
      <header className={classes.header}>
        <Burger
          opened={menuOpen}
          onClick={menu.toggle}
          hiddenFrom="sm"
          size="sm"
          aria-label={menuOpen ? 'Close the navigation' : 'Open the navigation'}
        />
        <Link to="/" className={classes.brand} aria-label="Haloscope, home">
          <Mark size={22} />
          <span className={classes.name}>Haloscope</span>
        </Link>
        <Button
          variant="default"
          size="xs"
          visibleFrom="sm"
          className={classes.find}
          leftSection={<IconSearch size={14} />}
          rightSection={<kbd className={classes.kbd}>Ctrl K</kbd>}
          onClick={commands.open}
        >
          Find
        </Button>
        <div className={classes.right}>
          <FreshnessChip />
          <SchemeSwitch />
          <UserMenu onKeys={keys.open} />
        </div>
      </header>
      <nav className={classes.navigation} data-open={menuOpen || undefined} aria-label="Main">
        <Navigation onFollow={menu.close} />
      </nav>
      <main id="main" tabIndex={-1} className={classes.main}>
        <LineBanner />
        <SampleBanner />
        <div className={classes.page} data-old={line.state !== 'up' || undefined}>
          <Suspense fallback={<LoadingPage />}>
            <Outlet />
          </Suspense>
        </div>
      </main>
      <Suspense>
        {commands.wanted && <Commands />}
        {keysOpen && <KeysHelp onClose={keys.close} />}
      </Suspense>
    </div>
  );
}

/** Pages that may be read without a session. */
const OPEN = ['/api/docs'];

/** What surrounds every page of somebody who is signed in. */
export function Shell() {
  const { data: session } = useQuery(sessionQuery);
  const isOpen = useLocation({ select: ({ pathname }) => OPEN.includes(pathname) });
  if (isOpen && session && session.state !== 'signed_in') {
    return (
      <Open>
        <Suspense fallback={<LoadingPage />}>
          <Outlet />
        </Suspense>
      </Open>
    );
  }
  return (
    <SessionGate>
      <Frame />
    </SessionGate>
  );
}
