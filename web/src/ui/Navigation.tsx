import { Link, useLocation } from '@tanstack/react-router';
import { useSession } from '../api/session';
import classes from './Navigation.module.css';
import { type Place, placesFor } from './places';

function isHere(place: Place, path: string): boolean {
  return place.prefix === '/' ? path === '/' : path === place.prefix || path.startsWith(`${place.prefix}/`);
}

export function Navigation({ onFollow }: { onFollow: () => void }) {
  const { permissions, workspace, version } = useSession();
  const path = useLocation({ select: (location) => location.pathname });
  return (
    <>
      <ul className={classes.list}>
        {placesFor(permissions).map((place) => (
          <li key={place.to}>
            <Link
              to={place.to}
              className={classes.link}
              data-here={isHere(place, path) || undefined}
              aria-current={isHere(place, path) ? 'page' : undefined}
              onClick={onFollow}
            >
              <place.icon size={18} stroke={1.6} aria-hidden="true" />
              {place.title}
            </Link>
          </li>
        ))}
      </ul>
      <div className={classes.foot}>
        <div>{workspace.name}</div>
        <div>Times: {workspace.zone}</div>
        <div>Haloscope {version}</div>
      </div>
    </>
  );
}
