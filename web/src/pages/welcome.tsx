import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { hasCode } from '../api/client';
import { linkQuery, useTokenOfAddress, useUseLink } from '../api/links';
import type { LinkView } from '../api/types';
import { passwordProblem, repeatProblem, SHORTEST_PASSWORD } from '../lib/password';
import { ErrorState } from '../ui/ErrorState';
import { LinkEnded } from '../ui/LinkEnded';
import { LoadingLines } from '../ui/Loading';
import { Plain } from '../ui/Plain';
import { focusFirst, placeProblem, sayInvalid } from '../ui/problem';

function PasswordForm({ token, link, onDone }: { token: string; link: LinkView; onDone: () => void }) {
  const use = useUseLink();
  const [problem, setProblem] = useState<unknown>(null);
  const form = useForm({
    mode: 'uncontrolled',
    enhanceGetInputProps: sayInvalid,
    validateInputOnBlur: ['repeat'],
    initialValues: { password: '', repeat: '' },
    validate: { password: passwordProblem, repeat: (repeat, { password }) => repeatProblem(repeat, password) },
  });
  const submit = form.onSubmit(
    ({ password }) => {
      setProblem(null);
      use.mutate({ token, password }, { onSuccess: onDone, onError: (error) => setProblem(placeProblem(form, error)) });
    },
    (errors) => focusFirst(form, errors),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {problem !== null && <ErrorState error={problem} />}
        {/* Password managers store the password under this name. */}
        <TextInput label="You sign in with" value={link.user?.name ?? ''} autoComplete="username" readOnly />
        <PasswordInput
          key={form.key('password')}
          label="New password"
          description={`At least ${SHORTEST_PASSWORD} characters.`}
          autoComplete="new-password"
          autoFocus
          {...form.getInputProps('password')}
        />
        <PasswordInput
          key={form.key('repeat')}
          label="New password again"
          autoComplete="new-password"
          {...form.getInputProps('repeat')}
        />
        <Button type="submit" fullWidth loading={use.isPending}>
          Set password and sign in
        </Button>
      </Stack>
    </form>
  );
}

export function Page() {
  const navigate = useNavigate();
  const token = useTokenOfAddress();
  const link = useQuery(linkQuery(token));
  if (token === null || hasCode(link.error, 'link_ended')) return <LinkEnded />;
  return (
    <Plain
      title={link.data?.user ? `Welcome, ${link.data.user.display_name}` : 'Welcome'}
      about="Choose your password."
    >
      {link.isPending && <LoadingLines lines={3} height={36} />}
      {link.isError && <ErrorState error={link.error} onRetry={() => void link.refetch()} />}
      {link.data && (
        <PasswordForm token={token} link={link.data} onDone={() => void navigate({ to: '/', replace: true })} />
      )}
    </Plain>
  );
}
