import { Group, Kbd, Modal, Table } from '@mantine/core';
import { useSession } from '../api/session';
import { placesFor } from './places';

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

export default function KeysHelp({ onClose }: { onClose: () => void }) {
  const { permissions } = useSession();
  const goTo = placesFor(permissions).flatMap(({ key, title }) => (key ? [{ keys: ['g', key], does: title }] : []));
  const keys = [
    { keys: [isMac ? '⌘' : 'Ctrl', 'K'], does: 'Find a page or an action' },
    { keys: ['/'], does: 'Search, on pages that have a search box' },
    ...goTo,
    { keys: ['?'], does: 'These keys' },
  ];
  return (
    <Modal opened onClose={onClose} title="Keys">
      <Table variant="vertical">
        <Table.Tbody>
          {keys.map((row) => (
            <Table.Tr key={row.does}>
              <Table.Td w={110}>
                <Group gap={4}>
                  {row.keys.map((key) => (
                    <Kbd key={key}>{key}</Kbd>
                  ))}
                </Group>
              </Table.Td>
              <Table.Td>{row.does}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
