import {
  IconAlertTriangleFilled,
  IconCircleCheckFilled,
  IconCircleDashed,
  IconCircleXFilled,
  IconInfoCircleFilled,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Kind } from '../lib/health';
import classes from './StatusLabel.module.css';

const ICONS = {
  good: IconCircleCheckFilled,
  warn: IconAlertTriangleFilled,
  bad: IconCircleXFilled,
  info: IconInfoCircleFilled,
  unknown: IconCircleDashed,
} satisfies Record<Kind, unknown>;

/** A state as an icon and a word; the colour only repeats what they say. */
export function StatusLabel({ kind, children }: { kind: Kind; children: ReactNode }) {
  const Icon = ICONS[kind];
  return (
    <span className={classes.label} data-kind={kind}>
      <Icon size={15} aria-hidden="true" className={classes.icon} />
      <span>{children}</span>
    </span>
  );
}
