import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import type { Role } from '../../api/types';
import { useAddUser } from '../../api/users';
import { ErrorState } from '../../ui/ErrorState';
import { focusFirst, placeProblem } from '../../ui/problem';
import { RoleChoice } from './RoleChoice';
import { LinkShown } from './UserLink';

function useNewUser() {
  return useForm({
    mode: 'uncontrolled',
    initialValues: { name: '', display_name: '', role: 'viewer' as Role },
    validate: {
      name: (name) => (name.trim() ? null : 'Enter what this person signs in with, for example an e-mail address.'),
      display_name: (name) => (name.trim() ? null : 'Enter the name that others see.'),
    },
  });
}

export function UserAdd({ onClose }: { onClose: () => void }) {
  const form = useNewUser();
  const add = useAddUser();
  const [problem, setProblem] = useState<unknown>(null);
  if (add.data) {
    const { user, link } = add.data;
    return <LinkShown title={`${user.display_name} is added`} name={user.display_name} link={link} onClose={onClose} />;
  }
  const submit = form.onSubmit(
    ({ name, display_name, role }) => {
      setProblem(null);
      add.mutate(
        { name: name.trim(), display_name: display_name.trim(), role },
        { onError: (error) => setProblem(placeProblem(form, error)) },
      );
    },
    (errors) => focusFirst(form, errors),
  );
  return (
    <Modal opened onClose={onClose} title="Add user">
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {problem !== null && <ErrorState error={problem} />}
          <TextInput
            key={form.key('name')}
            label="Name to sign in with"
            description="An e-mail address or a word. It cannot be changed later."
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            data-autofocus
            {...form.getInputProps('name')}
          />
          <TextInput
            key={form.key('display_name')}
            label="Name"
            description="What others see."
            autoComplete="off"
            {...form.getInputProps('display_name')}
          />
          <RoleChoice key={form.key('role')} {...form.getInputProps('role')} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={add.isPending}>
              Add user
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
