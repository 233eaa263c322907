import { Button, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Workspace } from '../../api/types';
import { useSaveWorkspace, workspaceQuery, zonesQuery } from '../../api/workspace';
import { useNow } from '../../lib/clock';
import { fullTime, time } from '../../lib/format';
import { DAYS, dayProblem, sortedHolidays, sortedHours, spansOf } from '../../lib/hours';
import { ErrorState } from '../../ui/ErrorState';
import { Loaded } from '../../ui/Loaded';
import { LoadingCard } from '../../ui/Loading';
import { focusFirst, placeProblem } from '../../ui/problem';
import { HolidaysEditor } from './HolidaysEditor';
import { HoursEditor } from './HoursEditor';
import { LeaveGuard } from './LeaveGuard';
import classes from './workspace.module.css';

function ordered(workspace: Workspace): Workspace {
  return {
    name: workspace.name,
    zone: workspace.zone,
    working_hours: sortedHours(workspace.working_hours),
    holidays: sortedHolidays(workspace.holidays),
  };
}

function same(one: Workspace, other: Workspace): boolean {
  return JSON.stringify(ordered(one)) === JSON.stringify(ordered(other));
}

function hoursProblem(hours: Workspace['working_hours']): string | null {
  const wrong = DAYS.filter(({ day }) => dayProblem(spansOf(hours, day)) !== null);
  return wrong.length > 0 ? `Mend the hours of ${wrong.map(({ title }) => title).join(', ')}.` : null;
}

/** What the clocks show in the zone that is chosen, so that a wrong choice is seen at once. */
function ZoneNow({ zone }: { zone: string }) {
  const now = useNow(1000);
  if (!zone) return null;
  return <span title={fullTime(now, zone)}>It is {time(now, zone)} there now.</span>;
}

function useWorkspaceForm(saved: Workspace) {
  const [draft, setDraft] = useState(saved);
  const form = useForm<Pick<Workspace, keyof Workspace>>({
    mode: 'uncontrolled',
    initialValues: { ...saved },
    onValuesChange: (values) => setDraft({ ...values }),
    validate: {
      zone: (zone) => (zone ? null : 'Choose the time zone that days are counted in.'),
      working_hours: hoursProblem,
    },
  });
  return { form, draft };
}

function WorkspaceForm({ saved }: { saved: Workspace }) {
  const zones = useQuery(zonesQuery);
  const { form, draft } = useWorkspaceForm(saved);
  const save = useSaveWorkspace();
  const [problem, setProblem] = useState<unknown>(null);
  const isDirty = !same(draft, saved);
  const submit = form.onSubmit(
    (values) => {
      setProblem(null);
      const workspace = ordered({ ...values, name: values.name.trim() });
      save.mutate(workspace, { onError: (error) => setProblem(placeProblem(form, error)) });
    },
    (errors) => focusFirst(form, errors),
  );
  const setHours = (hours: Workspace['working_hours']) => {
    form.setFieldValue('working_hours', hours);
    form.clearFieldError('working_hours');
  };
  const setHolidays = (holidays: Workspace['holidays']) => {
    form.setFieldValue('holidays', holidays);
    form.clearFieldError('holidays');
  };
  return (
    <form onSubmit={submit} noValidate className={classes.form}>
      <LeaveGuard when={isDirty && !save.isPending} />
      {problem !== null && <ErrorState error={problem} />}
      <section className={classes.area} aria-labelledby="general">
        <h2 className={classes.title} id="general">
          General
        </h2>
        <p className={classes.about}>
          Days begin and end in this time zone, and every time is shown in it, for everybody.
        </p>
        <div className={classes.two}>
          <TextInput
            key={form.key('name')}
            label="Company"
            description="May stay empty."
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            autoComplete="organization"
            {...form.getInputProps('name')}
          />
          <Select
            key={form.key('zone')}
            label="Time zone"
            description={<ZoneNow zone={draft.zone} />}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            data={zones.data ?? [saved.zone]}
            searchable
            limit={80}
            allowDeselect={false}
            nothingFoundMessage={zones.isPending ? 'Loading' : 'No zone has this name.'}
            error={zones.isError ? 'The list of zones could not be loaded.' : undefined}
            {...form.getInputProps('zone')}
          />
        </div>
      </section>
      <HoursEditor hours={draft.working_hours} error={form.errors.working_hours} onChange={setHours} />
      <HolidaysEditor holidays={draft.holidays} error={form.errors.holidays} onChange={setHolidays} />
      <div className={classes.save}>
        <Button type="submit" loading={save.isPending}>
          Save workspace
        </Button>
        <span className={classes.dim} role="status">
          {isDirty ? 'There are changes that are not saved.' : save.isSuccess ? 'Saved.' : ''}
        </span>
      </div>
    </form>
  );
}

export function Page() {
  // What somebody is editing must not be replaced by what comes later.
  const workspace = useQuery({ ...workspaceQuery, refetchOnWindowFocus: false });
  return (
    <Loaded query={workspace} loading={<LoadingCard height={420} />}>
      {(saved) => <WorkspaceForm saved={saved} />}
    </Loaded>
  );
}
