import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import { DescribeParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { HttpResponse } from '@smithy/core/protocols';
import { describe, expect, it } from 'vitest';
import { packagedOptions } from '../../packaging/bundles.ts';
import { CLIENTS_WITHOUT_ERROR_CLASSES } from '../../packaging/plugins.ts';
import { foldKeys, forgetErrors } from '../../packaging/schemas.ts';
import { importSource } from './import-source.ts';

const ROOT = join(import.meta.dirname, '../..');

const dependencies = Object.keys(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).dependencies)
  .filter((name) => name.startsWith('@aws-sdk/client-'))
  .map((name) => name.slice('@aws-sdk/'.length));
const clients = [...new Set([...dependencies, ...CLIENTS_WITHOUT_ERROR_CLASSES])];

const schemasOf = (client: string) =>
  join(ROOT, 'node_modules/@aws-sdk', client, 'dist-es/schemas/schemas_0.js');

const importSchemas = (source: string, client: string) =>
  importSource<Record<string, unknown>>(source, dirname(schemasOf(client)), {
    mainFields: ['module', 'main'],
  });

/** Walks two graphs of schemas at once, through the functions that name other schemas; where they differ, and how far it came. */
function compare(one: unknown, other: unknown): { differences: string[]; compared: number } {
  const differences: string[] = [];
  const seen = new Map<unknown, unknown>();
  const left: [unknown, unknown, string][] = [[one, other, '']];
  let compared = 0;
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [a, b, path] = next;
    compared++;
    if (typeof a === 'function' && typeof b === 'function') {
      // An arrow function stands for a schema that is defined elsewhere; what has a prototype is an error class.
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
  it.each(clients)('mean the same in %s, and none stays computed', async (client) => {
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

  it('would be found if they meant something else', async () => {
    const source = readFileSync(schemasOf('client-sfn'), 'utf8');
    const broken = foldKeys(source).replace('"error":', '"other":');
    expect(broken).not.toBe(foldKeys(source));
    const { differences } = compare(
      { ...(await importSchemas(source, 'client-sfn')) },
      { ...(await importSchemas(broken, 'client-sfn')) },
    );
    expect(differences).not.toEqual([]);
  });

  it('are only those of constants with a plain text', () => {
    const source = ['const _a = "A";', 'const _b = a();', 'x = { [_a]: _a, [_b]: [_a], [_c]: 1 };'];
    expect(foldKeys(source.join('\n')).split('\n')[2]).toBe('x = { "A": _a, [_b]: [_a], [_c]: 1 };');
  });
});

/** A call of each client that needs no input. */
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
  'client-kms': {
    create: KMSClient,
    command: ListKeysCommand,
    names: 'KMSClient, ListKeysCommand',
  },
} as const;

interface Sender {
  send(command: unknown): Promise<unknown>;
}
type Class<Instance> = new (input: object) => Instance;

/** What a call comes to when AWS answers it with this error. */
async function failureOf(create: Class<Sender>, command: Class<unknown>, name: string, status: number) {
  const said = {
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
          body: new TextEncoder().encode(JSON.stringify(said)),
        }),
      }),
    },
  });
  const error = (await client.send(new command({})).catch((reason: unknown) => reason)) as Error;
  const { $response: _, ...members } = error as Error & { $response?: unknown };
  return { ...members, name: error.name, message: error.message, isError: error instanceof Error };
}

describe('errors without their classes', () => {
  it.each(CLIENTS_WITHOUT_ERROR_CLASSES)('say the same in %s, whatever the error', async (client) => {
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
    expect(errors.length).toBeGreaterThan(20);
    for (const [, , name, { error: fault }] of errors) {
      const status = fault === 'server' ? 500 : 400;
      const usual = await failureOf(create as Class<Sender>, command, name, status);
      expect(usual).toMatchObject({ name, $fault: fault, message: 'What AWS said' });
      expect(await failureOf(slimCreate, slimCommand, name, status), name).toEqual(usual);
    }
  });

  it('keep the classes that the SDK retries by', () => {
    const schemas = [
      'n0_registry.registerError(A$, A);',
      'n0_registry.registerError(B$, B);',
      'const c = [A$];',
    ];
    const classes =
      'export class A extends Base {\n  name = "A";\n  constructor() {}\n}\nexport class B extends Base {\n  $retryable = {};\n  constructor() {}\n}';
    expect(forgetErrors(schemas.join('\n'), classes).split('\n')).toEqual(['', schemas[1], schemas[2]]);
  });
});
