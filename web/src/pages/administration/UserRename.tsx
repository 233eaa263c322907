import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import type { UserView } from '../../api/types';
import { useChangeUser } from '../../api/users';
import { ErrorState } from '../../ui/ErrorState';
import { focusFirst, placeProblem } from '../../ui/problem';

export function UserRename({ user, onClose }: { user: UserView; onClose: () => void }) {
  const change = useChangeUser(user.id);
  const [problem, setProblem] = useState<unknown>(null);
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { display_name: user.display_name },
    validate: { display_name: (name) => (name.trim() ? null : 'Enter the name that others see.') },
  });
  const submit = form.onSubmit(
    ({ display_name }) => {
      setProblem(null);
      change.mutate(
        { display_name: display_name.trim() },
        { onSuccess: onClose, onError: (error) => setProblem(placeProblem(form, error)) },
      );
    },
    (errors) => focusFirst(form, errors),
  );
  return (
    <Modal opened onClose={onClose} title={`Change the name of ${user.display_name}`}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {problem !== null && <ErrorState error={problem} />}
          <TextInput
            key={form.key('display_name')}
            label="Name"
            description={`What others see. It still signs in with ${user.name}.`}
            data-autofocus
            {...form.getInputProps('display_name')}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={change.isPending}>
              Change name
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
