import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListEventBusesCommand } from '@aws-sdk/client-eventbridge';
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { DescribeParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { QueryShapeSerializer } from '@aws-sdk/core/protocols';
import { HttpResponse } from '@smithy/core/protocols';
import { describe, expect, it, vi } from 'vitest';
import { packagedOptions } from '../../packaging/bundles.ts';
import { CLIENTS_WITHOUT_ERROR_CLASSES, namesInUse } from '../../packaging/plugins.ts';
import {
  dropDerivedNames,
  dropUnreadMembers,
  foldKeys,
  removeErrorClasses,
} from '../../packaging/schemas.ts';
import { importSource } from './import-source.ts';

// Bundling a complete client takes seconds, and longer on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const ROOT = join(import.meta.dirname, '../..');

const dependencies = Object.keys(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).dependencies)
  .filter((name) => name.startsWith('@aws-sdk/client-'))
  .map((name) => name.slice('@aws-sdk/'.length));
const clients = [...new Set([...dependencies, ...CLIENTS_WITHOUT_ERROR_CLASSES])];

const folderOf = (client: string) => join(ROOT, 'node_modules/@aws-sdk', client);
const schemasOf = (client: string) => join(folderOf(client), 'dist-es/schemas/schemas_0.js');

const importSchemas = (source: string, client: string) =>
  importSource<Record<string, unknown>>(source, dirname(schemasOf(client)), {
    mainFields: ['module', 'main'],
  });

/** Compares two graphs of schemas, including functions that return other schemas. Returns the differences and the number of compared values. */
function compare(one: unknown, other: unknown): { differences: string[]; compared: number } {
  const differences: string[] = [];
  const seen = new Map<unknown, unknown>();
  const left: [unknown, unknown, string][] = [[one, other, '']];
  let compared = 0;
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [a, b, path] = next;
    compared++;
    if (typeof a === 'function' && typeof b === 'function') {
      // An arrow function returns a schema that is defined elsewhere. A function with a prototype is an error class.
      if ('prototype' in a) {
        if (a.name !== b.name) differences.push(path);
      } else if (!seen.has(a)) {
        seen.set(a, b);
        left.push([Reflect.apply(a, undefined, []), Reflect.apply(b, undefined, []), `${path}()`]);
      }
    } else if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
      if (seen.has(a)) {
        if (seen.get(a) !== b) differences.push(path);
        continue;
      }
      seen.set(a, b);
      const [mine, its] = [membersOf(a), membersOf(b)];
      if (mine.map(([key]) => key).join() !== its.map(([key]) => key).join()) differences.push(path);
      mine.forEach(([key, value], at) => {
        left.push([value, its[at]?.[1], `${path}.${key}`]);
      });
    } else if (!Object.is(a, b)) differences.push(path);
  }
  return { differences, compared };
}

const membersOf = (value: object): [string, unknown][] =>
  value instanceof Map
    ? [...value]
    : Reflect.ownKeys(value).map((key) => [String(key), Reflect.get(value, key)]);

describe('folded keys', () => {
  it.each(clients)('are equal in %s, and no key is computed', async (client) => {
    const source = readFileSync(schemasOf(client), 'utf8');
    const folded = foldKeys(source);
    expect(source).toMatch(/\[_\w+\]:/);
    expect(folded).not.toMatch(/\[_\w+\]:/);

    const { differences, compared } = compare(
      { ...(await importSchemas(source, client)) },
      { ...(await importSchemas(folded, client)) },
    );
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(500);
  });

  it('are compared: a wrong key is found', async () => {
    const source = readFileSync(schemasOf('client-sfn'), 'utf8');
    const broken = foldKeys(source).replace('"error":', '"other":');
    expect(broken).not.toBe(foldKeys(source));
    const { differences } = compare(
      { ...(await importSchemas(source, 'client-sfn')) },
      { ...(await importSchemas(broken, 'client-sfn')) },
    );
    expect(differences).not.toEqual([]);
  });

  it('are only keys from string constants', () => {
    const source = ['const _a = "A";', 'const _b = a();', 'x = { [_a]: _a, [_b]: [_a], [_c]: 1 };'];
    expect(foldKeys(source.join('\n')).split('\n')[2]).toBe('x = { "A": _a, [_b]: [_a], [_c]: 1 };');
  });
});

/** A schema as a list. The first item is the kind of the schema. */
type Schema = readonly [kind: number, namespace: string, name: string, traits: unknown, ...rest: unknown[]];
const STRUCTURE = 3;
const ERROR = -3;
const OPERATION = 9;

const schemasIn = (module: Record<string, unknown>): Schema[] =>
  Object.values(module).filter((value): value is Schema => Array.isArray(value));

const dereferenced = (schema: unknown): unknown =>
  typeof schema === 'function' && !('prototype' in schema) ? Reflect.apply(schema, undefined, []) : schema;

/** A schema and all its parts. */
function partsOf(schema: unknown, seen = new Set<unknown>()): Set<unknown> {
  const part = dereferenced(schema);
  if (!Array.isArray(part) || seen.has(part)) return seen;
  seen.add(part);
  for (const item of part) partsOf(item, seen);
  return seen;
}

describe('names that the EC2 serializer derives', () => {
  const source = foldKeys(readFileSync(schemasOf('client-ec2'), 'utf8'));

  it('are the same in requests', async () => {
    const settings = { ec2: true, capitalizeKeys: true, flattenLists: true, serializeEmptyLists: false };
    const serializer = new QueryShapeSerializer(settings as never) as unknown as {
      getKey(member: string, xmlName?: string, ec2QueryName?: string, source?: 'struct'): string;
    };
    const keysOf = async (text: string) =>
      schemasIn(await importSchemas(text, 'client-ec2'))
        .filter(([kind]) => kind === STRUCTURE)
        .flatMap(([, , name, , members, types]) =>
          (members as string[]).map((member, index) => {
            const traits = [(types as unknown[])[index]].flat()[1] as
              | { xmlName?: string; ec2QueryName?: string }
              | undefined;
            return `${name}.${serializer.getKey(member, traits?.xmlName, traits?.ec2QueryName, 'struct')}`;
          }),
        );
    const derived = dropDerivedNames(source);
    expect(source.match(/"ec2QueryName"/g)?.length).toBeGreaterThan(6000);
    expect(derived.match(/"ec2QueryName"/g)?.length).toBeLessThan(10);
    expect(await keysOf(derived)).toEqual(await keysOf(source));
  });

  it('are kept if the serializer derives another name', () => {
    const schemas = [
      'const _a = "anImage";',
      'const x = [{ "ec2QueryName": `AnImage`,\n "xmlName": _a }, { "ec2QueryName": `Image`,\n "xmlName": _a }];',
    ];
    expect(dropDerivedNames(schemas.join('\n')).split('\n').slice(1).join('\n')).toBe(
      'const x = [{ "xmlName": _a }, { "ec2QueryName": `Image`,\n "xmlName": _a }];',
    );
  });
});

/** The differences between the responses in `slim` and `whole`, except unread members, and the number of removed members. */
function compareAnswers(
  whole: Record<string, unknown>,
  slim: Record<string, unknown>,
  names: ReadonlySet<string>,
): { differences: string[]; removed: number } {
  const operations = Object.keys(whole).filter(
    (key) => Array.isArray(whole[key]) && whole[key][0] === OPERATION,
  );
  const sent = new Set<unknown>();
  for (const key of operations) partsOf((whole[key] as Schema)[4], sent);
  const differences: string[] = [];
  const seen = new Set<unknown>();
  let removed = 0;
  const follow = (one: unknown, other: unknown, path: string): void => {
    const [a, b] = [dereferenced(one), dereferenced(other)];
    if (!Array.isArray(a) || !Array.isArray(b)) {
      if (JSON.stringify(a) !== JSON.stringify(b)) differences.push(path);
      return;
    }
    if (seen.has(a)) return;
    seen.add(a);
    let expected = a;
    if (a[0] === STRUCTURE && !sent.has(a)) {
      const [kind, namespace, name, traits, members, types, required = 0] = a;
      const isKept = (members as string[]).map((member) => names.has(member));
      const count = isKept.slice(0, required).filter(Boolean).length;
      const picked = [members, types].map((list: unknown[]) => list.filter((_, index) => isKept[index]));
      expected = [kind, namespace, name, traits, ...picked, ...(count > 0 ? [count] : [])];
      removed += isKept.filter((kept) => !kept).length;
    }
    if (expected.length !== b.length) differences.push(path);
    expected.forEach((item: unknown, index) => {
      follow(item, b[index], `${path}.${index}`);
    });
  };
  for (const key of operations) follow((whole[key] as Schema)[5], (slim[key] as Schema)[5], key);
  return { differences, removed };
}

describe('unread members', () => {
  it.each(clients)('are the only members that are removed from the responses of %s', async (client) => {
    const source = foldKeys(readFileSync(schemasOf(client), 'utf8'));
    const names = namesInUse(folderOf(client));
    const whole = await importSchemas(source, client);
    const slim = await importSchemas(dropUnreadMembers(source, names), client);

    const { differences, removed } = compareAnswers(whole, slim, names);
    expect(differences).toEqual([]);
    expect(removed).toBeGreaterThan(10);

    const requestsAndErrors = (module: Record<string, unknown>) =>
      schemasIn(module).map((schema) =>
        schema[0] === OPERATION ? schema[4] : schema[0] === ERROR ? schema : undefined,
      );
    const { differences: others, compared } = compare(requestsAndErrors(whole), requestsAndErrors(slim));
    expect(others).toEqual([]);
    expect(compared).toBeGreaterThan(100);
  });

  it('are compared: a removed member that code reads is found', async () => {
    const source = foldKeys(readFileSync(schemasOf('client-ec2'), 'utf8'));
    const names = namesInUse(folderOf('client-ec2'));
    const whole = await importSchemas(source, 'client-ec2');
    const fewer = new Set([...names].filter((name) => name !== 'RootDeviceName'));
    const slim = await importSchemas(dropUnreadMembers(source, fewer), 'client-ec2');
    expect(compareAnswers(whole, slim, names).differences).not.toEqual([]);
  });

  it('do not include members that a paginator reads', () => {
    expect([...namesInUse(folderOf('client-ec2'))]).toContain('NextToken');
    expect([...namesInUse(folderOf('client-dynamodb'))]).toContain('LastEvaluatedKey');
  });

  it('are kept in errors and in structures that are also part of requests', () => {
    const source = `
const _a = "a", _n = "n";
const _A = "Read";
const _B = "Unread";
var Error$ = [-3, n0, _n, { "error": "client" }, [_B], [0]];
var Both$ = [3, n0, _n,
    0,
    [_A, _B],
    [0, [1, { "x": [0, 1] }]], 2
];
export var Answer$ = [3, n0, _n,
    { "x": "y" },
    [_B, _A],
    [[() => Both$, 0], [() => Both$, { "x": "y" }]], 2
];
export var Request$ = [3, n0, _n,
    0,
    [_B],
    [() => List]
];
var List = [1, n0, _n,
    0, [() => Both$,
        0]
];
export var Ask$ = [9, n0, _n,
    { "http": ["GET", "/", 200] }, () => Request$, () => Answer$
];`;
    const slim = dropUnreadMembers(source, new Set(['Read']));
    expect(slim.split('export var Answer$ = ')[0]).toBe(source.split('export var Answer$ = ')[0]);
    expect(slim.split('export var Request$')[1]).toBe(source.split('export var Request$')[1]);
    expect(slim.split('export var Answer$ = ')[1]?.split(';')[0]?.replaceAll(/\s+/g, ' ')).toBe(
      '[3, n0, _n, { "x": "y" }, [_A], [[() => Both$, { "x": "y" }]], 1]',
    );
  });
});

/** A call without input for each client. */
const calls = {
  'client-ssm': {
    create: SSMClient,
    command: DescribeParametersCommand,
    names: 'SSMClient, DescribeParametersCommand',
  },
  'client-dynamodb': {
    create: DynamoDBClient,
    command: ListTablesCommand,
    names: 'DynamoDBClient, ListTablesCommand',
  },
  'client-eventbridge': {
    create: EventBridgeClient,
    command: ListEventBusesCommand,
    names: 'EventBridgeClient, ListEventBusesCommand',
  },
  'client-kms': { create: KMSClient, command: ListKeysCommand, names: 'KMSClient, ListKeysCommand' },
  'client-sfn': {
    create: SFNClient,
    command: ListStateMachinesCommand,
    names: 'SFNClient, ListStateMachinesCommand',
  },
} as const;

interface Sender {
  send(command: unknown): Promise<unknown>;
}
type Class<Instance> = new (input: object) => Instance;

/** The error of a call if AWS responds with this error. */
async function failureOf(create: Class<Sender>, command: Class<unknown>, name: string, status: number) {
  const response = {
    __type: `com.amazonaws#${name}`,
    message: 'What AWS said',
    Reason: 'Its reason',
    Codes: [1],
  };
  const client = new create({
    region: 'eu-west-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    requestHandler: {
      handle: async () => ({
        response: new HttpResponse({
          statusCode: status,
          headers: { 'x-amzn-requestid': 'r' },
          body: new TextEncoder().encode(JSON.stringify(response)),
        }),
      }),
    },
  });
  const error = (await client.send(new command({})).catch((reason: unknown) => reason)) as Error;
  const { $response: _, ...members } = error as Error & { $response?: unknown };
  return { ...members, name: error.name, message: error.message, isError: error instanceof Error };
}

describe('errors without their classes', () => {
  it.each(CLIENTS_WITHOUT_ERROR_CLASSES)('are the same in %s, for every error', async (client) => {
    const { create, command, names } = calls[client];
    const bundled = await importSource<Record<string, never>>(
      `export { ${names} } from '@aws-sdk/${client}';`,
      ROOT,
      await packagedOptions(),
    );
    const [createName = '', commandName = ''] = names.split(', ');
    const [slimCreate, slimCommand] = [bundled[createName], bundled[commandName]];
    if (slimCreate === undefined || slimCommand === undefined) throw new Error(`${names} are not bundled`);

    const source = readFileSync(schemasOf(client), 'utf8');
    const schemas = Object.values(await importSchemas(source, client));
    const errors = schemas.flatMap((schema) =>
      Array.isArray(schema) && schema[0] === -3 && typeof schema[3] === 'object' ? [schema] : [],
    );
    expect(errors.length).toBeGreaterThan(10);
    for (const [, , name, { error: fault }] of errors) {
      const status = fault === 'server' ? 500 : 400;
      const usual = await failureOf(create as Class<Sender>, command, name, status);
      expect(usual).toMatchObject({ name, $fault: fault, message: 'What AWS said' });
      expect(await failureOf(slimCreate, slimCommand, name, status), name).toEqual(usual);
    }
  });

  it('keep the classes that the SDK retries', () => {
    const schemas = [
      'n0_registry.registerError(A$, A);',
      'n0_registry.registerError(B$, B);',
      'const c = [A$];',
    ];
    const classes =
      'export class A extends Base {\n  name = "A";\n  constructor() {}\n}\nexport class B extends Base {\n  $retryable = {};\n  constructor() {}\n}';
    expect(removeErrorClasses(schemas.join('\n'), classes).split('\n')).toEqual(['', schemas[1], schemas[2]]);
  });
});
