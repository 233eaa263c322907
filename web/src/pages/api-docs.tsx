import { Anchor, TextInput } from '@mantine/core';
import { IconDownload, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { OPENAPI_URL, openApiQuery } from '../api/openapi';
import { type Group, groupsOf, type OpenApi, search } from '../lib/openapi';
import { EmptyState } from '../ui/EmptyState';
import { Loaded } from '../ui/Loaded';
import { LoadingCard } from '../ui/Loading';
import { PageHeader } from '../ui/PageHeader';
import classes from './api-docs.module.css';
import { ApiGuide } from './api-docs-guide';
import { OperationCard } from './api-docs-operation';

function Contents({ groups }: { groups: Group[] }) {
  return (
    <nav className={classes.contents} aria-label="Operations">
      {groups.map(({ tag, operations }) => (
        <div key={tag}>
          <h2 className={classes.contentsTag}>{tag}</h2>
          <ul className={classes.contentsList}>
            {operations.map(({ id, title }) => (
              <li key={id}>
                <a href={`#${id}`}>{title}</a>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

/** The operations exist only after the document has come: the browser's own jump is over by then. */
function useJump(): string {
  const hash = useLocation({ select: (location) => location.hash });
  useEffect(() => {
    if (hash) document.getElementById(hash)?.scrollIntoView();
  }, [hash]);
  return hash;
}

function Operations({ groups, api, chosen }: { groups: Group[]; api: OpenApi; chosen: string }) {
  return groups.map(({ tag, operations }) => (
    <section key={tag} aria-label={tag}>
      <h2 className={classes.tag}>{tag}</h2>
      <div className={classes.operations}>
        {operations.map((operation) => (
          <OperationCard key={operation.id} operation={operation} api={api} isChosen={operation.id === chosen} />
        ))}
      </div>
    </section>
  ));
}

function Document({ api }: { api: OpenApi }) {
  const [typed, setTyped] = useState('');
  const groups = useMemo(() => groupsOf(api), [api]);
  const found = useMemo(() => search(groups, typed), [groups, typed]);
  const chosen = useJump();
  return (
    <div className={classes.columns}>
      <Contents groups={found} />
      <div className={classes.main}>
        <ApiGuide />
        <TextInput
          data-search
          type="search"
          aria-label="Search operations"
          placeholder="Search operations"
          leftSection={<IconSearch size={16} stroke={1.6} />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          className={classes.search}
        />
        {found.length === 0 ? (
          <EmptyState icon={<IconSearch size={28} stroke={1.4} />} title={`No operation contains ‘${typed.trim()}’.`} />
        ) : (
          <Operations groups={found} api={api} chosen={chosen} />
        )}
      </div>
    </div>
  );
}

/** Public: for people who write a program and have no account here. */
export function Page() {
  const api = useQuery(openApiQuery);
  return (
    <>
      <PageHeader
        title="API"
        about={`Everything the pages can do, for programs.${api.data ? ` Version ${api.data.info.version}.` : ''}`}
        actions={
          <Anchor href={OPENAPI_URL} download="haloscope-openapi.json" className={classes.download}>
            <IconDownload size={16} stroke={1.6} aria-hidden="true" /> Download openapi.json
          </Anchor>
        }
      />
      <Loaded query={api} loading={<LoadingCard height={400} />}>
        {(loaded) => <Document api={loaded} />}
      </Loaded>
    </>
  );
}
