import { Button, Group, Input, PasswordInput, Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMemo, useState } from 'react';
import { type UseLink, useUseLink } from '../api/links';
import { browserZone, zoneNames } from '../lib/format';
import { weekdays } from '../lib/hours';
import { passwordProblem, repeatProblem, SHORTEST_PASSWORD } from '../lib/password';
import { ErrorState } from '../ui/ErrorState';
import { focusFirst, placeProblem, sayInvalid } from '../ui/problem';
import classes from './first-run-form.module.css';

/** Midnight ends a day; the browser's field calls it 00:00. */
function endOf(to: string): string {
  return to === '00:00' ? '24:00' : to;
}

function endProblem(from: string, to: string): string | null {
  if (!to) return 'Enter when work ends.';
  return endOf(to) > from ? null : `Choose a time after ${from}.`;
}

function useFirstUser() {
  return useForm({
    mode: 'uncontrolled',
    enhanceGetInputProps: sayInvalid,
    validateInputOnBlur: ['repeat'],
    initialValues: {
      name: '',
      display_name: '',
      password: '',
      repeat: '',
      workspace: '',
      zone: browserZone(),
      from: '09:00',
      to: '17:30',
    },
    validate: {
      name: (name) => (name.trim() ? null : 'Choose a name to sign in with, for example your e-mail address.'),
      display_name: (name) => (name.trim() ? null : 'Enter the name that others see.'),
      password: passwordProblem,
      repeat: (repeat, { password }) => repeatProblem(repeat, password),
      zone: (zone) => (zone ? null : 'Choose the time zone that figures are counted in.'),
      from: (from) => (from ? null : 'Enter when work begins.'),
      to: (to, { from }) => endProblem(from, to),
    },
  });
}

export function FirstUserForm({ token, onDone }: { token: string; onDone: () => void }) {
  const form = useFirstUser();
  const zones = useMemo(zoneNames, []);
  const use = useUseLink();
  const [problem, setProblem] = useState<unknown>(null);
  const submit = form.onSubmit(
    ({ repeat: _, from, to, ...values }) => {
      const link: UseLink = { token, ...values, name: values.name.trim(), working_hours: weekdays(from, endOf(to)) };
      setProblem(null);
      use.mutate(link, { onSuccess: onDone, onError: (error) => setProblem(placeProblem(form, error)) });
    },
    (errors) => focusFirst(form, errors),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {problem !== null && <ErrorState error={problem} />}
        <TextInput
          key={form.key('name')}
          label="Name to sign in with"
          description="An e-mail address or a word."
          autoComplete="username"
          autoCapitalize="none"
          autoFocus
          {...form.getInputProps('name')}
        />
        <TextInput
          key={form.key('display_name')}
          label="Your name"
          autoComplete="name"
          {...form.getInputProps('display_name')}
        />
        <PasswordInput
          key={form.key('password')}
          label="Password"
          description={`At least ${SHORTEST_PASSWORD} characters.`}
          autoComplete="new-password"
          {...form.getInputProps('password')}
        />
        <PasswordInput
          key={form.key('repeat')}
          label="Password again"
          autoComplete="new-password"
          {...form.getInputProps('repeat')}
        />
        <h2 className={classes.part}>Your workspace</h2>
        <TextInput
          key={form.key('workspace')}
          label="Company"
          description="May stay empty."
          autoComplete="organization"
          {...form.getInputProps('workspace')}
        />
        <Select
          key={form.key('zone')}
          label="Time zone of the workspace"
          description="Days begin and end in it, for everybody."
          data={zones}
          searchable
          limit={80}
          allowDeselect={false}
          nothingFoundMessage="No zone has this name."
          {...form.getInputProps('zone')}
        />
        <Input.Wrapper
          label="Working hours, Monday to Friday"
          description="Other days, breaks and holidays are entered later, under Administration."
          labelElement="div"
        >
          <Group gap="xs" mt={6} wrap="nowrap" align="flex-start">
            <TextInput
              key={form.key('from')}
              type="time"
              className={classes.time}
              aria-label="Work begins"
              {...form.getInputProps('from')}
            />
            <span className={classes.to}>to</span>
            <TextInput
              key={form.key('to')}
              type="time"
              className={classes.time}
              aria-label="Work ends"
              {...form.getInputProps('to')}
            />
          </Group>
        </Input.Wrapper>
        <Button type="submit" fullWidth loading={use.isPending}>
          Create administrator
        </Button>
      </Stack>
    </form>
  );
}
