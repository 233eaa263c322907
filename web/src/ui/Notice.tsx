import {
  IconAlertTriangleFilled,
  IconCircleCheckFilled,
  IconCircleXFilled,
  IconInfoCircleFilled,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './Notice.module.css';

const ICONS = {
  good: IconCircleCheckFilled,
  warn: IconAlertTriangleFilled,
  bad: IconCircleXFilled,
  info: IconInfoCircleFilled,
};

interface Props {
  kind: keyof typeof ICONS;
  title: string;
  children?: ReactNode;
}

/** Something to know before going on. For failed requests there is ErrorState. */
export function Notice({ kind, title, children }: Props) {
  const Icon = ICONS[kind];
  return (
    <div className={classes.notice} data-kind={kind} role={kind === 'bad' || kind === 'warn' ? 'alert' : undefined}>
      <Icon size={17} aria-hidden="true" className={classes.icon} />
      <div className={classes.body}>
        <p className={classes.title}>{title}</p>
        {children && <div>{children}</div>}
      </div>
    </div>
  );
}
