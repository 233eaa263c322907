import { IconChevronRight, IconLink } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { type OpenApi, type Operation, type Parameter, schemaOf, typeOf, wordsBehind } from '../lib/openapi';
import { permissionTitle } from '../lib/roles';
import classes from './api-docs.module.css';
import { SchemaTable, Words } from './api-docs-schema';

const PLACES: Record<string, string> = { path: 'in the path', query: 'in the query', header: 'header' };

function Parameters({ api, parameters }: { api: OpenApi; parameters: Parameter[] }) {
  return (
    <dl className={classes.properties}>
      {parameters.map(({ name, in: place, required, description, schema = {} }) => (
        <div key={`${place} ${name}`} className={classes.property}>
          <dt>
            <code>{name}</code> <span className={classes.type}>{typeOf(schema)}</span>
            <span className={classes.type}>
              {PLACES[place] ?? place}
              {required ? '' : ', may be left out'}
            </span>
          </dt>
          <dd>
            {description ?? schema.description}
            <Words words={wordsBehind(api, schema)} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Answers({ api, responses }: { api: OpenApi; responses: NonNullable<Operation['responses']> }) {
  return Object.entries(responses).map(([status, answer]) => {
    const body = schemaOf(answer);
    return (
      <div key={status}>
        <h4 className={classes.part}>
          Answer {status}
          {body && <span className={classes.type}>{typeOf(body.schema)}</span>}
          {body && !body.kind.includes('json') && <span className={classes.type}>{body.kind}</span>}
        </h4>
        {answer.description && <p className={classes.text}>{answer.description}</p>}
        {!body && !answer.description && <p className={classes.text}>Without a body.</p>}
        {body && <SchemaTable api={api} schema={body.schema} />}
      </div>
    );
  });
}

function Permission({ word }: { word: string | undefined }) {
  if (!word) return null;
  const title = permissionTitle(word);
  return (
    <p className={classes.text}>
      Needs the permission <code>{word}</code>
      {title === word ? '' : ` (${title})`}.
    </p>
  );
}

function Details({ operation, api }: { operation: Operation; api: OpenApi }) {
  const { parameters = [], requestBody, responses = {} } = operation;
  const request = schemaOf(requestBody);
  return (
    <div className={classes.details}>
      {operation.description && <p className={classes.text}>{operation.description}</p>}
      <Permission word={operation['x-permission']} />
      {parameters.length > 0 && (
        <div>
          <h4 className={classes.part}>Parameters</h4>
          <Parameters api={api} parameters={parameters} />
        </div>
      )}
      {request && (
        <div>
          <h4 className={classes.part}>
            Request body <span className={classes.type}>{typeOf(request.schema)}</span>
          </h4>
          <SchemaTable api={api} schema={request.schema} isRequest />
        </div>
      )}
      <Answers api={api} responses={responses} />
      <p className={classes.link}>
        <a href={`#${operation.id}`}>
          <IconLink size={14} stroke={1.6} aria-hidden="true" /> {operation.id}
        </a>
      </p>
    </div>
  );
}

/** Folded until it is wanted; the address of the page (`#user_add`) unfolds it. */
export function OperationCard({ operation, api, isChosen }: { operation: Operation; api: OpenApi; isChosen: boolean }) {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (isChosen && details.current) details.current.open = true;
  }, [isChosen]);
  return (
    <details ref={details} id={operation.id} className={classes.operation}>
      <summary className={classes.summary}>
        <IconChevronRight size={16} stroke={1.6} aria-hidden="true" className={classes.chevron} />
        <span className={classes.method} data-method={operation.method}>
          {operation.method}
        </span>
        <code className={classes.path}>{operation.path}</code>
        <h3 className={classes.operationTitle}>{operation.title}</h3>
      </summary>
      <Details operation={operation} api={api} />
    </details>
  );
}
