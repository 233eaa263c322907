import { Radio, Stack } from '@mantine/core';
import type { Role } from '../../api/types';
import { ALL_ROLES, ROLES } from '../../lib/roles';

interface Props {
  value?: Role;
  defaultValue?: Role;
  error?: React.ReactNode;
  onChange?: (role: Role) => void;
}

/** The roles with what each may do. */
export function RoleChoice({ onChange, ...props }: Props) {
  return (
    <Radio.Group label="Role" {...props} onChange={(role) => onChange?.(role as Role)}>
      <Stack gap="xs" mt={6}>
        {ALL_ROLES.map((role) => (
          <Radio key={role} value={role} label={ROLES[role].title} description={ROLES[role].sentence} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
