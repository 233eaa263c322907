import { ActionIcon, Button, TextInput, Tooltip } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import type { WorkingHours } from '../../api/types';
import {
  DAYS,
  type Day,
  dayProblem,
  hoursAndMinutes,
  minutesOf,
  mondayToAll,
  spansOf,
  withDay,
  withSpan,
} from '../../lib/hours';
import classes from './workspace.module.css';

/** The end of a day, which the browser's field calls 00:00. */
const MIDNIGHT = '24:00';

interface Props {
  hours: WorkingHours[];
  /** The server's sentence about all of them. */
  error: React.ReactNode;
  onChange: (hours: WorkingHours[]) => void;
}

interface SpanProps {
  title: string;
  at: number;
  span: WorkingHours;
  onChange: (span: WorkingHours) => void;
  onRemove: () => void;
}

function Span({ title, at, span, onChange, onRemove }: SpanProps) {
  const which = at === 0 ? title : `${title}, span ${at + 1},`;
  return (
    <div className={classes.span}>
      <TextInput
        type="time"
        size="xs"
        className={classes.time}
        aria-label={`${which} from`}
        value={span.from}
        onChange={(event) => onChange({ ...span, from: event.currentTarget.value })}
      />
      <span className={classes.dim}>to</span>
      <TextInput
        type="time"
        size="xs"
        className={classes.time}
        aria-label={`${which} to`}
        value={span.to === MIDNIGHT ? '00:00' : span.to}
        onChange={({ currentTarget: { value } }) => onChange({ ...span, to: value === '00:00' ? MIDNIGHT : value })}
      />
      <Tooltip label="Remove">
        <ActionIcon
          variant="subtle"
          color="gray"
          size={30}
          aria-label={`Remove ${which} ${span.from} to ${span.to}`}
          onClick={onRemove}
        >
          <IconX size={15} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}

function DayRow({ day, title, hours, onChange }: { day: Day; title: string } & Omit<Props, 'error'>) {
  const spans = spansOf(hours, day);
  const problem = dayProblem(spans);
  return (
    <fieldset className={classes.day} aria-label={title}>
      <div className={classes.dayName}>{title}</div>
      {spans.length === 0 ? (
        <div className={classes.closed}>Closed</div>
      ) : (
        <div className={classes.spans}>
          {spans.map((span, at) => (
            <Span
              // biome-ignore lint/suspicious/noArrayIndexKey: a span has nothing else that stays while it is edited
              key={at}
              {...{ title, at, span }}
              onChange={(changed) => onChange(withDay(hours, day, spans.with(at, changed)))}
              onRemove={() => onChange(withDay(hours, day, spans.toSpliced(at, 1)))}
            />
          ))}
          {problem && (
            <p className={classes.problem} role="alert">
              {problem}
            </p>
          )}
        </div>
      )}
      <Button
        size="compact-sm"
        variant="subtle"
        mt={3}
        leftSection={<IconPlus size={14} />}
        aria-label={`Add hours on ${title}`}
        onClick={() => onChange(withSpan(hours, day))}
      >
        Add hours
      </Button>
    </fieldset>
  );
}

/** Several spans a day, for example with a break at noon. */
export function HoursEditor({ hours, error, onChange }: Props) {
  return (
    <section className={classes.area} aria-labelledby="hours">
      <h2 className={classes.title} id="hours">
        Working hours
      </h2>
      <p className={classes.about}>
        When the service desk works. A time that is measured in working hours, such as how long a ticket waited for an
        answer, counts only what lies within them.
      </p>
      {DAYS.map(({ day, title }) => (
        <DayRow key={day} {...{ day, title, hours, onChange }} />
      ))}
      <div className={classes.foot}>
        <span className={classes.dim}>
          {hours.length === 0 ? 'No working hours' : `${hoursAndMinutes(minutesOf(hours))} a week`}
        </span>
        <Button size="xs" variant="default" onClick={() => onChange(mondayToAll(hours))}>
          Copy Monday to all weekdays
        </Button>
      </div>
      {error && (
        <p className={classes.problem} role="alert">
          {error}
        </p>
      )}
    </section>
  );
}
