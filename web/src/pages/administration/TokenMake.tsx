import { Button, Checkbox, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useSession } from '../../api/session';
import { type MadeToken, useMakeToken } from '../../api/tokens';
import type { Permission } from '../../api/types';
import { curlLine } from '../../lib/curl';
import { ALL_PERMISSIONS, PERMISSIONS } from '../../lib/roles';
import { CopyField } from '../../ui/CopyField';
import { ErrorState } from '../../ui/ErrorState';
import { Prose } from '../../ui/Prose';
import { focusFirst, placeProblem } from '../../ui/problem';
import { Time } from '../../ui/Time';
import classes from './tab.module.css';

const ENDS = [
  { value: '30', label: 'After 30 days' },
  { value: '90', label: 'After 90 days' },
  { value: '365', label: 'After 365 days' },
  { value: 'never', label: 'Never' },
];

/** The token, this once. A click beside the dialogue must not lose it. */
function TokenShown({ made, onClose }: { made: MadeToken; onClose: () => void }) {
  const { token, view } = made;
  return (
    <Modal opened onClose={onClose} title={`Token “${view.name}”`} size="lg" closeOnClickOutside={false}>
      <Stack gap="md">
        <Prose>
          <p>
            Copy it into the program that uses it. It is shown only now: Haloscope keeps no readable copy.{' '}
            {view.ends_at ? (
              <>
                It ends on <Time at={view.ends_at} />.
              </>
            ) : (
              'It does not end by itself.'
            )}
          </p>
        </Prose>
        <CopyField label="Token" value={token} />
        <div>
          <CopyField
            label="Try it"
            description="Shows which scopes the token has."
            value={curlLine(window.location.origin, '/session', token)}
          />
        </div>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Done
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function useNewToken() {
  return useForm({
    mode: 'uncontrolled',
    initialValues: { name: '', scopes: ['read_data'] as string[], days: '90' as string | null },
    validate: {
      name: (name) => (name.trim() ? null : 'Say which program uses it.'),
      scopes: (scopes) => (scopes.length > 0 ? null : 'Choose at least one thing that it may do.'),
    },
  });
}

export function TokenMake({ onClose }: { onClose: () => void }) {
  const { permissions } = useSession();
  const form = useNewToken();
  const make = useMakeToken();
  const [problem, setProblem] = useState<unknown>(null);
  if (make.data) return <TokenShown made={make.data} onClose={onClose} />;
  const submit = form.onSubmit(
    ({ name, scopes, days }) => {
      setProblem(null);
      const token = {
        name: name.trim(),
        scopes: scopes as Permission[],
        days: days === null || days === 'never' ? null : Number(days),
      };
      make.mutate(token, { onError: (error) => setProblem(placeProblem(form, error)) });
    },
    (errors) => focusFirst(form, errors),
  );
  return (
    <Modal opened onClose={onClose} title="Make token" size="lg">
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {problem !== null && <ErrorState error={problem} />}
          <TextInput
            key={form.key('name')}
            label="Name"
            description="Which program uses it, so that you know later what ends with it."
            autoComplete="off"
            data-autofocus
            {...form.getInputProps('name')}
          />
          <Checkbox.Group
            key={form.key('scopes')}
            label="It may"
            description="Give as little as the program needs. You can give only what you may do yourself."
            {...form.getInputProps('scopes')}
          >
            <div className={classes.scopes}>
              {ALL_PERMISSIONS.filter((permission) => permissions.includes(permission)).map((permission) => (
                <Checkbox
                  key={permission}
                  value={permission}
                  label={PERMISSIONS[permission].title}
                  description={PERMISSIONS[permission].sentence}
                />
              ))}
            </div>
          </Checkbox.Group>
          <Select
            key={form.key('days')}
            label="It ends"
            data={ENDS}
            allowDeselect={false}
            maw={220}
            {...form.getInputProps('days')}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={make.isPending}>
              Make token
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
