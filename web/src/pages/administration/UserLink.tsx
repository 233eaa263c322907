import { Button, Group, Modal, Stack } from '@mantine/core';
import type { UserLink, UserView } from '../../api/types';
import { useUserLink } from '../../api/users';
import { Confirm } from '../../ui/Confirm';
import { CopyField } from '../../ui/CopyField';
import { Prose } from '../../ui/Prose';
import { Time } from '../../ui/Time';

/** The link, this once. A click beside the dialogue must not lose it. */
export function LinkShown({
  title,
  name,
  link,
  onClose,
}: {
  title: string;
  name: string;
  link: UserLink;
  onClose: () => void;
}) {
  return (
    <Modal opened onClose={onClose} title={title} closeOnClickOutside={false}>
      <Stack gap="md">
        <Prose>
          <p>
            Pass this link on to {name}. Whoever opens it sets the password. It works once, until{' '}
            <strong>
              <Time at={link.ends_at} />
            </strong>
            , and is shown only now.
          </p>
        </Prose>
        <CopyField label="One-time link" value={link.url} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Done
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

export function UserLinkDialogue({ user, onClose }: { user: UserView; onClose: () => void }) {
  const make = useUserLink(user.id);
  if (make.data) {
    return <LinkShown title="New password link" name={user.display_name} link={make.data} onClose={onClose} />;
  }
  return (
    <Confirm
      title={`New password link for ${user.display_name}?`}
      verb="Make link"
      harmless
      pending={make.isPending}
      error={make.error}
      onConfirm={() => make.mutate()}
      onClose={onClose}
    >
      <p>
        {user.state === 'invited'
          ? 'A link that was made before ends.'
          : 'A link that was made before ends. The present password holds until the new link is used.'}
      </p>
    </Confirm>
  );
}
