import { expect, test } from 'vitest';
import {
  groupsOf,
  nestedOf,
  type OpenApi,
  propertiesOf,
  resolve,
  schemaOf,
  search,
  typeOf,
  wordsBehind,
} from './openapi';

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const DOCUMENT: OpenApi = {
  info: { title: 'Haloscope', version: '0.1.0' },
  paths: {
    '/api/v1/users': {
      parameters: [],
      get: {
        operationId: 'user_list',
        tags: ['Users'],
        summary: 'All people, by name.',
        'x-permission': 'manage_users',
      },
      post: { operationId: 'user_add', tags: ['Users'], summary: 'Adds a person.' },
    },
    '/api/v1/health': { get: { operationId: 'health_get', tags: ['Health'] } },
  },
  components: {
    schemas: {
      Role: {
        type: 'string',
        description: 'What a person is.',
        oneOf: [
          { type: 'string', description: 'Looks.', enum: ['viewer'] },
          { type: 'string', enum: ['builder'] },
        ],
      },
      User: {
        type: 'object',
        required: ['id', 'role'],
        properties: {
          id: { type: 'integer', format: 'int64' },
          role: ref('Role'),
          signed_in_at: { oneOf: [{ type: 'null' }, { type: 'string', format: 'date-time' }] },
          friends: { type: 'array', items: ref('User') },
          note: { type: ['string', 'null'], description: 'Free text.' },
        },
      },
      Named: { allOf: [ref('User'), { type: 'object', properties: { more: { type: 'boolean' } } }] },
    },
  },
};

test('operations are grouped by tag', () => {
  const groups = groupsOf(DOCUMENT);
  expect(groups.map(({ tag, operations }) => [tag, operations.map(({ id }) => id)])).toEqual([
    ['Users', ['user_list', 'user_add']],
    ['Health', ['health_get']],
  ]);
  expect(groups[0]?.operations[0]).toMatchObject({
    method: 'GET',
    title: 'All people, by name',
    path: '/api/v1/users',
  });
  expect(groups[1]?.operations[0]?.title).toBe('health_get');
});

test('search wants every word, anywhere', () => {
  const found = search(groupsOf(DOCUMENT), 'post USERS');
  expect(found.flatMap(({ operations }) => operations.map(({ id }) => id))).toEqual(['user_add']);
  expect(search(groupsOf(DOCUMENT), 'nothing')).toEqual([]);
});

test('types are told in words', () => {
  expect(typeOf({ type: 'array', items: ref('User') })).toBe('list of User');
  expect(typeOf({ type: ['string', 'null'] })).toBe('text or null');
  expect(typeOf({ oneOf: [{ type: 'null' }, ref('User')] })).toBe('User or null');
  expect(typeOf({ type: 'object', additionalProperties: { type: 'string' } })).toBe('map to text');
  expect(typeOf({})).toBe('anything');
});

test('properties come with their types, also of what is put together', () => {
  const properties = propertiesOf(DOCUMENT, ref('User'));
  expect(properties.map(({ name, type, required }) => [name, type, required])).toEqual([
    ['id', 'whole number', true],
    ['role', 'Role', true],
    ['signed_in_at', 'time (RFC 3339) or null', false],
    ['friends', 'list of User', false],
    ['note', 'text or null', false],
  ]);
  expect(propertiesOf(DOCUMENT, ref('Named')).at(-1)?.name).toBe('more');
});

test('lists of objects unfold, words do not', () => {
  const [, role, , friends] = propertiesOf(DOCUMENT, ref('User'));
  expect(nestedOf(DOCUMENT, friends?.schema ?? {})).toEqual([ref('User')]);
  expect(nestedOf(DOCUMENT, role?.schema ?? {})).toEqual([]);
  expect(wordsBehind(DOCUMENT, role?.schema ?? {})).toEqual([
    { word: 'viewer', description: 'Looks.' },
    { word: 'builder' },
  ]);
});

test('what leads nowhere is anything', () => {
  expect(resolve(DOCUMENT, ref('Missing'))).toEqual({});
  expect(schemaOf({ description: 'Done' })).toBeNull();
  expect(schemaOf({ content: { 'text/plain': { schema: { type: 'string' } } } })?.kind).toBe('text/plain');
});
