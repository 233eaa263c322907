import { Button, PasswordInput, Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMemo, useState } from 'react';
import { type UseLink, useUseLink } from '../api/links';
import { browserZone } from '../lib/format';
import { passwordProblem, repeatProblem, SHORTEST_PASSWORD } from '../lib/password';
import { ErrorState } from '../ui/ErrorState';
import { focusFirst, placeProblem, sayInvalid } from '../ui/problem';

function useZones(): string[] {
  return useMemo(() => [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC', browserZone()])].sort(), []);
}

function useFirstUser() {
  return useForm({
    mode: 'uncontrolled',
    enhanceGetInputProps: sayInvalid,
    validateInputOnBlur: ['repeat'],
    initialValues: { name: '', display_name: '', password: '', repeat: '', zone: browserZone() },
    validate: {
      name: (name) => (name.trim() ? null : 'Choose a name to sign in with, for example your e-mail address.'),
      display_name: (name) => (name.trim() ? null : 'Enter the name that others see.'),
      password: passwordProblem,
      repeat: (repeat, { password }) => repeatProblem(repeat, password),
      zone: (zone) => (zone ? null : 'Choose the time zone that figures are counted in.'),
    },
  });
}

export function FirstUserForm({ token, onDone }: { token: string; onDone: () => void }) {
  const form = useFirstUser();
  const zones = useZones();
  const use = useUseLink();
  const [problem, setProblem] = useState<unknown>(null);
  const submit = form.onSubmit(
    ({ repeat: _, ...values }) => {
      const link: UseLink = { token, ...values, name: values.name.trim(), display_name: values.display_name.trim() };
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
        <Select
          key={form.key('zone')}
          label="Time zone of the workspace"
          description="Days begin and end in it, for everybody. It can be changed later, under Administration, where working hours and holidays are too."
          data={zones}
          searchable
          limit={80}
          allowDeselect={false}
          nothingFoundMessage="No zone has this name."
          {...form.getInputProps('zone')}
        />
        <Button type="submit" fullWidth loading={use.isPending}>
          Create administrator
        </Button>
      </Stack>
    </form>
  );
}
