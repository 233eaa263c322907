import { useLocation } from '@tanstack/react-router';
import { ButtonLink } from '../ui/ButtonLink';
import { PageHeader } from '../ui/PageHeader';

export function Page() {
  const path = useLocation({ select: (location) => location.pathname });
  return (
    <>
      <PageHeader
        title="There is no such page"
        about={`Nothing is at ${path}. The link may be older than this version, or it was not copied completely.`}
      />
      <ButtonLink to="/" variant="default">
        Go to Home
      </ButtonLink>
    </>
  );
}
