import { Button, PasswordInput, Radio, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import type { ProtectionWish, WebhookView } from '../../../api/types';
import { useProtect } from '../../../api/webhook';
import { ErrorState } from '../../../ui/ErrorState';
import { focusFirst, placeProblem, sayInvalid } from '../../../ui/problem';
import { toast } from '../toast';
import classes from './webhook.module.css';

type Kind = WebhookView['protection'];

const CHOICES: { value: Kind; label: string; description: string }[] = [
  { value: 'address', label: 'Address only', description: 'The callback URL holds a secret. Enough in most places.' },
  { value: 'basic', label: 'Basic', description: 'HaloPSA: Authentication Type Basic, with this name and password.' },
  { value: 'signature', label: 'Signature', description: 'HMAC-SHA256 of the body, base64, in a header.' },
];

interface Values extends Record<string, unknown> {
  user: string;
  password: string;
  header: string;
  prefix: string;
  secret: string;
}

function wishOf(kind: Kind, { user, password, header, prefix, secret }: Values): ProtectionWish {
  if (kind === 'basic') return { kind, user: user.trim(), password };
  if (kind === 'signature') return { kind, header: header.trim(), prefix, secret };
  return { kind };
}

export default function ProtectionForm({
  id,
  protection,
  onDone,
}: {
  id: number;
  protection: Kind;
  onDone: () => void;
}) {
  const [kind, setKind] = useState<Kind>(protection);
  const [problem, setProblem] = useState<unknown>(null);
  const protect = useProtect(id);
  const needed = (of: Kind, what: string) => (value: string) =>
    kind === of && !value.trim() ? `Enter the ${what}.` : null;
  const form = useForm<Values>({
    mode: 'uncontrolled',
    enhanceGetInputProps: sayInvalid,
    initialValues: { user: 'haloscope', password: '', header: 'X-Halo-Signature', prefix: '', secret: '' },
    validate: {
      user: needed('basic', 'name'),
      password: needed('basic', 'password'),
      header: needed('signature', 'header'),
      secret: needed('signature', 'key'),
    },
  });
  const submit = form.onSubmit(
    (values) => {
      setProblem(null);
      protect.mutate(wishOf(kind, values), {
        onSuccess: () => {
          toast('Saved. Enter the same in HaloPSA, else its posts are turned away.');
          onDone();
        },
        onError: (error) => setProblem(placeProblem(form, error)),
      });
    },
    (errors) => focusFirst(form, errors),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        {problem !== null && <ErrorState error={problem} />}
        <Radio.Group label="What posts must carry" value={kind} onChange={(value) => setKind(value as Kind)}>
          <Stack gap={8} mt={6}>
            {CHOICES.map((choice) => (
              <Radio key={choice.value} size="xs" {...choice} />
            ))}
          </Stack>
        </Radio.Group>
        {kind === 'basic' && (
          <>
            <TextInput key={form.key('user')} label="Name" autoComplete="off" {...form.getInputProps('user')} />
            <PasswordInput
              key={form.key('password')}
              label="Password"
              autoComplete="new-password"
              {...form.getInputProps('password')}
            />
          </>
        )}
        {kind === 'signature' && (
          <>
            <TextInput key={form.key('header')} label="Header" autoComplete="off" {...form.getInputProps('header')} />
            <TextInput
              key={form.key('prefix')}
              label="What stands before the signature"
              description="For example sha256=. Often nothing."
              autoComplete="off"
              {...form.getInputProps('prefix')}
            />
            <PasswordInput
              key={form.key('secret')}
              label="Key"
              autoComplete="new-password"
              {...form.getInputProps('secret')}
            />
          </>
        )}
        <div className={classes.formButtons}>
          <Button type="submit" variant="default" loading={protect.isPending}>
            Save protection
          </Button>
          <Button variant="subtle" onClick={onDone}>
            Cancel
          </Button>
        </div>
      </Stack>
    </form>
  );
}
