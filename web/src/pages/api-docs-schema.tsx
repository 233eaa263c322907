import { useState } from 'react';
import {
  nestedOf,
  type OpenApi,
  type Property,
  propertiesOf,
  type Schema,
  typeOf,
  wordsBehind,
  type wordsOf,
} from '../lib/openapi';
import classes from './api-docs.module.css';

/** The words that a text may be. */
export function Words({ words }: { words: ReturnType<typeof wordsOf> }) {
  if (!words) return null;
  return (
    <ul className={classes.words}>
      {words.map(({ word, description }) => (
        <li key={word}>
          <code>{word}</code>
          {description && <span className={classes.dim}> {description}</span>}
        </li>
      ))}
    </ul>
  );
}

interface NestedProps {
  api: OpenApi;
  schema: Schema;
  isRequest?: boolean | undefined;
}

/** Drawn when it is unfolded, so that schemas that contain themselves end. */
function Nested({ api, schema, isRequest }: NestedProps) {
  const [opened, setOpened] = useState(false);
  return (
    <details className={classes.nested} onToggle={(event) => setOpened(event.currentTarget.open)}>
      <summary>Properties{schema.$ref ? ` of ${typeOf(schema)}` : ''}</summary>
      {opened && <Properties api={api} schema={schema} isRequest={isRequest} />}
    </details>
  );
}

function Row({ api, property, isRequest }: { api: OpenApi; property: Property; isRequest?: boolean | undefined }) {
  const { name, type, required, description, schema } = property;
  const nested = nestedOf(api, schema);
  return (
    <div className={classes.property}>
      <dt>
        <code>{name}</code> <span className={classes.type}>{type}</span>
        {!required && <span className={classes.type}>{isRequest ? 'may be left out' : 'may be absent'}</span>}
      </dt>
      <dd>
        {description}
        <Words words={wordsBehind(api, schema)} />
        {nested.map((one) => (
          <Nested key={one.$ref ?? JSON.stringify(one).slice(0, 80)} api={api} schema={one} isRequest={isRequest} />
        ))}
      </dd>
    </div>
  );
}

function Properties({ api, schema, isRequest }: NestedProps) {
  return (
    <dl className={classes.properties}>
      {propertiesOf(api, schema).map((property) => (
        <Row key={property.name} {...{ api, property, isRequest }} />
      ))}
    </dl>
  );
}

/** What a body is made of; a list shows what one of it is made of. */
export function SchemaTable({ api, schema, isRequest }: NestedProps) {
  const nested = nestedOf(api, schema);
  return (
    <>
      <Words words={wordsBehind(api, schema)} />
      {nested.length === 1
        ? nested.map((one) => <Properties key="one" api={api} schema={one} isRequest={isRequest} />)
        : nested.map((one, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the choices of a schema do not change
            <div key={at} className={classes.choice}>
              <div className={classes.dim}>{at === 0 ? 'Either' : 'Or'}</div>
              <Properties api={api} schema={one} isRequest={isRequest} />
            </div>
          ))}
    </>
  );
}
