import { ActionIcon, Button, TextInput, Tooltip } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { type KeyboardEvent, useRef, useState } from 'react';
import type { Holiday } from '../../api/types';
import { date, today } from '../../lib/format';
import { type HolidayProblems, holidayProblems, sortedHolidays } from '../../lib/hours';
import { useZone } from '../../ui/Time';
import classes from './workspace.module.css';

interface Props {
  holidays: Holiday[];
  error: React.ReactNode;
  onChange: (holidays: Holiday[]) => void;
}

function Adding({ holidays, onChange }: Omit<Props, 'error'>) {
  const [entered, setEntered] = useState({ date: '', name: '' });
  const [problems, setProblems] = useState<HolidayProblems>({});
  const dateInput = useRef<HTMLInputElement>(null);
  const nameInput = useRef<HTMLInputElement>(null);
  const add = () => {
    const found = holidayProblems(holidays, entered);
    setProblems(found);
    (found.name && !found.date ? nameInput : dateInput).current?.focus();
    if (found.date || found.name) return;
    onChange(sortedHolidays([...holidays, { date: entered.date, name: entered.name.trim() }]));
    setEntered({ date: '', name: '' });
  };
  // Enter adds the day; it must not save the whole form.
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    add();
  };
  return (
    <div className={classes.adding}>
      <TextInput
        ref={dateInput}
        type="date"
        label="Date"
        value={entered.date}
        error={problems.date}
        onKeyDown={onKeyDown}
        onChange={(event) => {
          setProblems({ ...problems, date: undefined });
          setEntered({ ...entered, date: event.currentTarget.value });
        }}
      />
      <TextInput
        ref={nameInput}
        label="Holiday"
        value={entered.name}
        error={problems.name}
        maxLength={100}
        onKeyDown={onKeyDown}
        onChange={(event) => {
          setProblems({ ...problems, name: undefined });
          setEntered({ ...entered, name: event.currentTarget.value });
        }}
      />
      <Button variant="default" className={classes.add} leftSection={<IconPlus size={16} />} onClick={add}>
        Add holiday
      </Button>
    </div>
  );
}

/** Days on which nobody works, whatever the weekday. */
export function HolidaysEditor({ holidays, error, onChange }: Props) {
  const present = today(useZone());
  return (
    <section className={classes.area} aria-labelledby="holidays">
      <h2 className={classes.title} id="holidays">
        Holidays
      </h2>
      <p className={classes.about}>Days on which nobody works, whatever the weekday.</p>
      {holidays.length === 0 ? (
        <p className={classes.dim}>No holidays yet.</p>
      ) : (
        <ul className={classes.holidays}>
          {holidays.map((holiday) => (
            <li key={holiday.date} className={classes.holiday} data-past={holiday.date < present || undefined}>
              <time dateTime={holiday.date}>{date(holiday.date)}</time>
              <span>{holiday.name}</span>
              <Tooltip label="Remove">
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size={30}
                  aria-label={`Remove ${holiday.name || 'the holiday'}, ${date(holiday.date)}`}
                  onClick={() => onChange(holidays.filter((one) => one !== holiday))}
                >
                  <IconX size={15} />
                </ActionIcon>
              </Tooltip>
            </li>
          ))}
        </ul>
      )}
      <Adding {...{ holidays, onChange }} />
      {error && (
        <p className={classes.problem} role="alert">
          {error}
        </p>
      )}
    </section>
  );
}
