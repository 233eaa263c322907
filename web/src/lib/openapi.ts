/** The parts of OpenAPI 3.1 that our document uses, as utoipa writes it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  format?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  items?: Schema | boolean;
  prefixItems?: Schema[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
}

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
}

export interface Body {
  description?: string;
  required?: boolean;
  content?: Record<string, { schema?: Schema }>;
}

export interface RawOperation {
  operationId?: string;
  tags?: string[];
  summary?: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: Body;
  responses?: Record<string, Body>;
  deprecated?: boolean;
  'x-permission'?: string;
}

export interface OpenApi {
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, unknown>>;
  components?: { schemas?: Record<string, Schema> };
}

export interface Operation extends RawOperation {
  id: string;
  method: string;
  path: string;
  title: string;
}

export interface Group {
  tag: string;
  operations: Operation[];
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

function operationOf(path: string, method: string, raw: RawOperation): Operation {
  const id = raw.operationId ?? `${method}${path.replace(/\W+/g, '_')}`;
  // A summary of several sentences is a title and a description.
  const [title = id, ...more] = (raw.summary ?? id).trim().replace(/\.$/, '').split(/\.\s+/);
  const rest = more.length > 0 ? `${more.join('. ')}.` : '';
  const description = [rest, raw.description ?? ''].filter(Boolean).join('\n');
  return { ...raw, id, method: method.toUpperCase(), path, title, description };
}

/** All operations by their first tag, in the order of the document. */
export function groupsOf(document: OpenApi): Group[] {
  const groups = new Map<string, Operation[]>();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const raw = item[method] as RawOperation | undefined;
      if (!raw) continue;
      const tag = raw.tags?.[0] ?? 'Other';
      groups.set(tag, [...(groups.get(tag) ?? []), operationOf(path, method, raw)]);
    }
  }
  return [...groups].map(([tag, operations]) => ({ tag, operations }));
}

/** The groups with the operations that contain every word; groups without any are left out. */
export function search(groups: Group[], typed: string): Group[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const has = ({ id, method, path, title, description }: Operation, tag: string) => {
    const text = [id, method, path, title, description ?? '', tag].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return groups
    .map(({ tag, operations }) => ({ tag, operations: operations.filter((one) => has(one, tag)) }))
    .filter(({ operations }) => operations.length > 0);
}

/** The schema of a JSON or text body, and which of the two. */
export function schemaOf(body: Body | undefined): { kind: string; schema: Schema } | null {
  const [kind, content] = Object.entries(body?.content ?? {})[0] ?? [];
  return kind && content?.schema ? { kind, schema: content.schema } : null;
}

const nameOf = (ref: string) => ref.slice(ref.lastIndexOf('/') + 1);

/** Follows `$ref`. What leads nowhere is an empty schema: anything. */
export function resolve(document: OpenApi, schema: Schema): Schema {
  let found = schema;
  for (let steps = 0; found.$ref && steps < 10; steps += 1) {
    found = document.components?.schemas?.[nameOf(found.$ref)] ?? {};
  }
  return found;
}

const isNull = (schema: Schema) => schema.type === 'null';

/** The schemas that a value may have, without the null. One, except for a choice. */
export function choicesOf(schema: Schema): Schema[] {
  const choices = schema.oneOf ?? schema.anyOf ?? (schema.allOf?.length === 1 ? schema.allOf : null);
  return choices ? choices.filter((one) => !isNull(one)) : [schema];
}

function isNullable(schema: Schema): boolean {
  if (Array.isArray(schema.type)) return schema.type.includes('null');
  return (schema.oneOf ?? schema.anyOf ?? []).some(isNull);
}

/** The words that a text may be, each with its description; null for everything that is not such a list. */
export function wordsOf(schema: Schema): { word: string; description?: string }[] | null {
  if (schema.enum) return schema.enum.map((word) => ({ word: String(word) }));
  const choices = schema.oneOf ?? [];
  if (choices.length === 0 || !choices.every(({ enum: words }) => words?.length === 1)) return null;
  return choices.map(({ enum: words, description }) => ({
    word: String(words?.[0]),
    ...(description ? { description } : {}),
  }));
}

const PLAIN: Record<string, string> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
};
const FORMATS: Record<string, string> = { 'date-time': 'time (RFC 3339)', date: 'date' };

function plainType(schema: Schema): string {
  const types = [schema.type ?? []].flat().filter((type) => type !== 'null');
  const [type] = types;
  if (type === 'array') {
    const items = typeof schema.items === 'object' ? typeOf(schema.items) : 'anything';
    return `list of ${items}`;
  }
  if (type === 'object' || schema.properties) {
    const values = schema.additionalProperties;
    return values && typeof values === 'object' && !schema.properties ? `map to ${typeOf(values)}` : 'object';
  }
  if (schema.enum) return schema.enum.map((word) => `"${word}"`).join(' or ');
  if (schema.format && FORMATS[schema.format]) return FORMATS[schema.format] as string;
  return type ? (PLAIN[type] ?? type) : 'anything';
}

/** A schema's type in words: `list of UserView`, `text or null`. Names of schemas stay as they are. */
export function typeOf(schema: Schema): string {
  const words = choicesOf(schema).map((one) => (one.$ref ? nameOf(one.$ref) : plainType(one)));
  if (isNullable(schema)) words.push('null');
  return [...new Set(words)].join(' or ');
}

export interface Property {
  name: string;
  type: string;
  required: boolean;
  description?: string | undefined;
  schema: Schema;
}

/** An object's properties, with those of the parts it is put together of. */
export function propertiesOf(document: OpenApi, schema: Schema): Property[] {
  const own = resolve(document, schema);
  const parts = (own.allOf ?? []).flatMap((part) => propertiesOf(document, part));
  const named = Object.entries(own.properties ?? {}).map(([name, of]) => ({
    name,
    type: typeOf(of),
    required: own.required?.includes(name) ?? false,
    description: of.description ?? choicesOf(of)[0]?.description,
    schema: of,
  }));
  return [...parts, ...named];
}

/** What of a value can be unfolded: the objects in it, through lists, maps and choices. Words are shown where they are. */
export function nestedOf(document: OpenApi, schema: Schema): Schema[] {
  return choicesOf(schema).flatMap((choice) => {
    const found = resolve(document, choice);
    if (typeof found.items === 'object') return nestedOf(document, found.items);
    if (typeof found.additionalProperties === 'object') return nestedOf(document, found.additionalProperties);
    if (wordsOf(found)) return [];
    if (found.oneOf || found.anyOf) return choicesOf(found).flatMap((one) => nestedOf(document, one));
    return found.properties || found.allOf ? [choice] : [];
  });
}

/** The words that a value may be, if it or what it leads to is such a list. */
export function wordsBehind(document: OpenApi, schema: Schema): ReturnType<typeof wordsOf> {
  const [choice] = choicesOf(schema);
  if (wordsOf(schema)) return wordsOf(schema);
  if (!choice) return null;
  const found = resolve(document, choice);
  if (typeof found.items === 'object') return wordsBehind(document, found.items);
  return wordsOf(found);
}
