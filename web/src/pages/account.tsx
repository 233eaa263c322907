import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconLogout } from '@tabler/icons-react';
import { useState } from 'react';
import { useChangePassword } from '../api/account';
import { useSession, useSignOut } from '../api/session';
import { passwordProblem, repeatProblem, SHORTEST_PASSWORD } from '../lib/password';
import { ROLES } from '../lib/roles';
import { ErrorState } from '../ui/ErrorState';
import { Notice } from '../ui/Notice';
import { PageHeader } from '../ui/PageHeader';
import { focusFirst, placeProblem, sayInvalid } from '../ui/problem';
import classes from './account.module.css';

function usePasswordForm() {
  return useForm({
    mode: 'uncontrolled',
    enhanceGetInputProps: sayInvalid,
    validateInputOnBlur: ['repeat'],
    initialValues: { current_password: '', new_password: '', repeat: '' },
    validate: {
      current_password: (password) => (password ? null : 'Enter the password that you have now.'),
      new_password: passwordProblem,
      repeat: (repeat, { new_password }) => repeatProblem(repeat, new_password),
    },
  });
}

function PasswordForm({ name }: { name: string }) {
  const form = usePasswordForm();
  const change = useChangePassword();
  const [problem, setProblem] = useState<unknown>(null);
  const submit = form.onSubmit(
    ({ current_password, new_password }) => {
      setProblem(null);
      change.mutate(
        { current_password, new_password },
        { onSuccess: () => form.reset(), onError: (error) => setProblem(placeProblem(form, error)) },
      );
    },
    (errors) => focusFirst(form, errors),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {problem !== null && <ErrorState error={problem} />}
        <div role="status">
          {change.isSuccess && (
            <Notice kind="good" title="Your password is changed.">
              Wherever else you were signed in, you are signed out now.
            </Notice>
          )}
        </div>
        {/* Password managers store the password under this name. */}
        <TextInput
          value={name}
          autoComplete="username"
          readOnly
          hidden
          aria-hidden="true"
          tabIndex={-1}
          display="none"
        />
        <PasswordInput
          key={form.key('current_password')}
          label="Present password"
          autoComplete="current-password"
          {...form.getInputProps('current_password')}
        />
        <PasswordInput
          key={form.key('new_password')}
          label="New password"
          description={`At least ${SHORTEST_PASSWORD} characters.`}
          autoComplete="new-password"
          {...form.getInputProps('new_password')}
        />
        <PasswordInput
          key={form.key('repeat')}
          label="New password again"
          autoComplete="new-password"
          {...form.getInputProps('repeat')}
        />
        <div>
          <Button type="submit" loading={change.isPending}>
            Change password
          </Button>
        </div>
      </Stack>
    </form>
  );
}

export function Page() {
  const { user } = useSession();
  const signOut = useSignOut();
  if (!user) return null;
  const role = ROLES[user.role];
  return (
    <>
      <PageHeader
        title="Your account"
        actions={
          <Button
            variant="default"
            leftSection={<IconLogout size={16} stroke={1.6} />}
            loading={signOut.isPending}
            onClick={() => signOut.mutate()}
          >
            Sign out
          </Button>
        }
      />
      <div className={classes.areas}>
        {signOut.isError && <ErrorState error={signOut.error} />}
        <section className={classes.area} aria-labelledby="you">
          <h2 className={classes.title} id="you">
            You
          </h2>
          <dl className={classes.facts}>
            <dt>Name</dt>
            <dd>{user.display_name}</dd>
            <dt>Signs in with</dt>
            <dd>{user.name}</dd>
            <dt>Role</dt>
            <dd>
              {role.title}
              <div className={classes.dim}>{role.sentence}</div>
            </dd>
          </dl>
          <p className={classes.note}>An administrator can change your name and your role.</p>
        </section>
        <section className={classes.area} aria-labelledby="password">
          <h2 className={classes.title} id="password">
            Password
          </h2>
          <PasswordForm name={user.name} />
        </section>
      </div>
    </>
  );
}
