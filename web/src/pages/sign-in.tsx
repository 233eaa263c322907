import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { Navigate, useRouter, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { hasCode } from '../api/client';
import { useSignIn } from '../api/links';
import { sessionQuery } from '../api/session';
import { duration } from '../lib/format';
import { safeNext } from '../lib/next';
import { ActionButton } from '../ui/ActionButton';
import { ErrorState } from '../ui/ErrorState';
import { Notice } from '../ui/Notice';
import { Plain } from '../ui/Plain';
import { focusFirst, sayInvalid } from '../ui/problem';
import { WaitForSession } from '../ui/SessionGate';

/** Counts whole seconds down to zero, from whenever `start` is called. */
function useCountdown() {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (left <= 0) return;
    const timer = window.setTimeout(() => setLeft(left - 1), 1000);
    return () => window.clearTimeout(timer);
  }, [left]);
  return { left, start: setLeft };
}

function SignInForm() {
  const signIn = useSignIn();
  const wait = useCountdown();
  const form = useForm({
    mode: 'uncontrolled',
    enhanceGetInputProps: sayInvalid,
    initialValues: { name: '', password: '' },
    validate: {
      name: (name) => (name.trim() ? null : 'Enter the name you sign in with.'),
      password: (password) => (password ? null : 'Enter your password.'),
    },
  });
  const onError = (error: unknown) => {
    if (hasCode(error, 'too_many_attempts')) wait.start(Math.ceil(error.problem.retry_after_s ?? 60));
    if (!hasCode(error, 'wrong_credentials')) return;
    form.setFieldError('password', error.problem.message);
    form.getInputNode('password')?.focus();
  };
  const submit = form.onSubmit(
    ({ name, password }) => signIn.mutate({ name: name.trim(), password }, { onError }),
    (errors) => focusFirst(form, errors),
  );
  const tooMany = hasCode(signIn.error, 'too_many_attempts');
  const other = signIn.isError && !tooMany && !hasCode(signIn.error, 'wrong_credentials');
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {tooMany && wait.left > 0 && (
          <Notice kind="warn" title="Too many attempts">
            Signing in is blocked for a while because a password was wrong several times. Try again in{' '}
            {duration(wait.left * 1000)}.
          </Notice>
        )}
        {other && <ErrorState error={signIn.error} />}
        <TextInput
          key={form.key('name')}
          label="Name"
          autoComplete="username"
          autoCapitalize="none"
          autoFocus
          {...form.getInputProps('name')}
        />
        <PasswordInput
          key={form.key('password')}
          label="Password"
          autoComplete="current-password"
          {...form.getInputProps('password')}
        />
        <ActionButton
          type="submit"
          fullWidth
          loading={signIn.isPending}
          blocked={wait.left > 0 ? `Wait ${duration(wait.left * 1000)}: too many attempts.` : null}
        >
          Sign in
        </ActionButton>
      </Stack>
    </form>
  );
}

/** Goes to where somebody wanted to be. The address may have a search part, so it goes through the history as it is. */
function GoOn({ to }: { to: string }) {
  const router = useRouter();
  useEffect(() => {
    router.history.replace(to);
  }, [router, to]);
  return null;
}

export function Page() {
  const { data: session } = useQuery(sessionQuery);
  const { next, ended } = useSearch({ from: '/sign-in' });
  const [forgot, setForgot] = useState(false);
  if (!session) return <WaitForSession />;
  if (session.state === 'first_run') return <Navigate to="/first-run" replace />;
  if (session.state === 'signed_in') return <GoOn to={safeNext(next)} />;
  return (
    <Plain title="Sign in" about={session.workspace.name}>
      <Stack gap="md">
        {ended && (
          <Notice kind="info" title="Your session ended">
            Sign in to go on where you were.
          </Notice>
        )}
        <SignInForm />
        {forgot ? (
          <Notice kind="info" title="A new password comes by link">
            Ask an administrator for one, or run <code>haloscope user link</code> on the server: it prints a link that
            works once.
          </Notice>
        ) : (
          <Button variant="subtle" size="compact-sm" onClick={() => setForgot(true)}>
            Password forgotten
          </Button>
        )}
      </Stack>
    </Plain>
  );
}
