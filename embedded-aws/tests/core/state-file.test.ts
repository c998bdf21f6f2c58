import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { perform } from '../../src/core/operation.ts';
import {
  decodeWorld,
  encodeWorld,
  type KeptWorld,
  replaceFile,
  UnreadableWorld,
} from '../../src/core/state-file.ts';
import { Table } from '../../src/core/table.ts';
import { count, schedule, type World } from '../../src/core/world.ts';
import { beginWorld, restoreWorld } from '../../src/kept-world.ts';
import { services } from '../../src/services.ts';

const AT = Date.UTC(2026, 10, 20, 3);

/** A new world whose time the test sets. */
function simulate(options: { seed?: number } = {}): {
  kept: KeptWorld;
  world: World;
  pass(ms: number): void;
} {
  let now = AT;
  const kept = beginWorld({ seed: options.seed ?? 42, now: () => now });
  return {
    kept,
    world: kept.world,
    pass: (ms) => {
      now += ms;
    },
  };
}

const again = (kept: KeptWorld, now = kept.world.now): KeptWorld =>
  restoreWorld(decodeWorld(encodeWorld(kept)), { now });

type AnyTable = Table<{ id: string }>;
const tablesOf = (world: World): [string, AnyTable][] =>
  Object.entries(world).flatMap(([name, field]) =>
    field instanceof Table ? [[name, field as unknown as AnyTable]] : [],
  );

/** Everything that is visible in a world, now and later. */
function visible(world: World): unknown {
  const now = world.now();
  const times = [0, 1, 500, 1000, 1500, 2000, 5000].map((ms) => now + ms);
  return Object.fromEntries(
    Object.entries(world)
      .filter(([name]) => name !== 'now')
      .map(([name, field]) => [
        name,
        field instanceof Table ? [field.all(), times.map((time) => field.allSeen(time))] : field,
      ]),
  );
}

/** Random changes that operations make to a world. */
const deeds = fc.array(
  fc.record({
    deed: fc.constantFrom('put', 'remove', 'delete', 'pass', 'count', 'schedule', 'token', 'brought'),
    table: fc.nat(),
    id: fc.nat(5),
    lagMs: fc.constantFrom(0, 0, 700, 1400),
    value: fc.jsonValue(),
  }),
  { maxLength: 60 },
);

describe('a world in a file', () => {
  it('is restored unchanged after any change', () => {
    fc.assert(
      fc.property(deeds, (all) => {
        const { kept, world, pass } = simulate();
        const tables = tablesOf(world);
        for (const { deed, table, id, lagMs, value } of all) {
          const [, rows] = tables[table % tables.length] as [string, AnyTable];
          // Half of the records are initial records of every world.
          const known = rows.all().map((record) => record.id);
          const name = (id % 2 === 0 ? known[id * 7] : undefined) ?? `x-${id}`;
          if (deed === 'put')
            rows.put({ id: name, value, bytes: new Uint8Array([id]) } as never, world.now(), lagMs);
          if (deed === 'remove') rows.remove(name, world.now(), lagMs);
          if (deed === 'delete') rows.delete(name);
          if (deed === 'pass') pass(lagMs);
          if (deed === 'count') count(world, name);
          if (deed === 'schedule') schedule(world, 'image.available', name, world.now() + lagMs);
          if (deed === 'token') world.clientTokens.set(name, { asked: JSON.stringify(value), id: name });
          // A record that was written again with the same content is still written.
          if (deed === 'brought' && known.length > 0) {
            const record = rows.get(known[id] ?? '');
            if (record !== undefined) rows.put(structuredClone(record), world.now(), lagMs);
          }
        }
        const restored = again(kept);
        expect(visible(restored.world)).toStrictEqual(visible(world));
        expect(encodeWorld(restored)).toStrictEqual(encodeWorld(kept));
      }),
      { seed: 42, numRuns: 30 },
    );
  });

  it('contains every field of a world with its content', () => {
    const { kept, world } = simulate();
    const touched: string[] = [];
    for (const [name, field] of Object.entries(world)) {
      if (world.transientFields.has(name)) continue;
      if (field instanceof Table) (field as AnyTable).put({ id: 'x-1' }, AT, 500);
      else if (field instanceof Map) field.set('x-1', { sets: new Set(['a']) });
      else if (Array.isArray(field) && !name.startsWith('faults')) field.push({ at: AT + 1 });
      else continue;
      touched.push(name);
    }
    expect(Object.keys(world).filter((name) => !touched.includes(name))).toEqual(
      expect.arrayContaining(['seed', 'now', 'faults', 'faultsMet', 'functions', 'running']),
    );
    expect(visible(again(kept).world)).toStrictEqual(visible(world));
  });

  it('continues as if it had never been written to a file', () => {
    const { kept, world, pass } = simulate();
    const call = (on: World, operation: string, input: object) =>
      perform(services, on, {
        service: 'ec2',
        operation,
        input: { ...input },
        account: '999988887777',
        region: 'eu-west-1',
      });
    const [image] = world.images.all().filter(({ region }) => region === 'us-east-1');
    const copy = (Name: string, ClientToken: string) => ({
      Name,
      ClientToken,
      SourceRegion: 'us-east-1',
      SourceImageId: image?.id,
    });
    call(world, 'CopyImage', copy('one', 'token-1'));
    pass(1000);
    call(world, 'CopyImage', copy('two', 'token-2'));
    const restored = again(kept).world;
    for (const ms of [0, 200, 900, 10_000, 60_000, 300_000, 1_200_000]) {
      pass(ms);
      const [here, there] = [world, restored].map((on) => [
        call(on, 'DescribeImages', { Owners: ['self'] }),
        call(on, 'DescribeSnapshots', { OwnerIds: ['self'] }),
        call(on, 'CopyImage', copy('two', 'token-2')),
        call(on, 'CopyImage', copy(`after ${ms}`, `token after ${ms}`)),
      ]);
      expect(there).toStrictEqual(here);
    }
    expect(visible(restored)).toStrictEqual(visible(world));
  });

  it('leaves out the initial records until they change', () => {
    const { kept, world } = simulate();
    const fresh = encodeWorld(kept);
    expect(fresh.length).toBeLessThan(5000);
    const [first, second] = world.images.all();
    world.images.put({ ...(first as NonNullable<typeof first>), description: 'mine' }, AT, 0);
    world.images.delete(second?.id ?? '');
    const restored = again(kept).world;
    expect(restored.images.get(first?.id ?? '')?.description).toBe('mine');
    expect(restored.images.get(second?.id ?? '')).toBeUndefined();
    expect(restored.images.all()).toHaveLength(world.images.all().length);
  });

  it('has its own seed and time, and no faults', () => {
    const faulty = { call: 'RunInstances', error: 'InternalError' };
    const kept = beginWorld({ seed: 7, now: () => AT, faults: [faulty] });
    kept.world.faultsMet[0] = 1;
    const stored = decodeWorld(encodeWorld({ ...kept, world: { ...kept.world, now: () => AT + 5000 } }));
    expect(stored).toMatchObject({ began: { seed: 7, at: AT }, seed: 7, at: AT + 5000 });
    const { world } = restoreWorld(stored, { now: () => stored.at });
    expect([world.seed, world.faults, world.faultsMet]).toEqual([7, [], []]);
    const reseeded = restoreWorld(stored, { now: () => stored.at, seed: 8, faults: [faulty] });
    expect([reseeded.world.seed, reseeded.began.seed, reseeded.world.faults]).toEqual([8, 7, [faulty]]);
    expect(decodeWorld(encodeWorld(reseeded))).toMatchObject({ began: { seed: 7 }, seed: 8 });
  });

  it('is read even if it contains fields of earlier versions', () => {
    const stored = decodeWorld(encodeWorld(simulate().kept));
    const deadLetters = { gone: [], whole: false, rows: [{ id: 'q/1', current: { id: 'q/1' } }] };
    const { world } = restoreWorld(
      { ...stored, fields: { ...stored.fields, deadLetters } },
      { now: () => AT },
    );
    expect(Object.keys(world)).toEqual(Object.keys(simulate().world));
  });

  it('of version 1 is read, and gets the parameter names of today', () => {
    const { kept, world } = simulate();
    const parameter = {
      account: '999988887777',
      region: 'eu-west-1',
      type: 'String',
      dataType: 'text',
      value: 'v',
      version: 1,
      lastModified: AT,
    } as const;
    const nameOf = (id: string) => id.split('/').slice(2).join('/');
    for (const id of ['999988887777/eu-west-1//p', '999988887777/eu-west-1//a/b', '999988887777/eu-west-1/q'])
      world.parameters.put({ id, name: nameOf(id), ...parameter }, AT, 0);
    const stored = { ...decodeWorld(encodeWorld(kept)), version: 1 };
    const upgraded = restoreWorld(stored, { now: () => AT }).world;
    const own = upgraded.parameters.all().filter(({ account }) => account !== '');
    expect(own.map(({ id, name }) => [id, name]).toSorted()).toEqual([
      ['999988887777/eu-west-1//a/b', '/a/b'],
      ['999988887777/eu-west-1/p', 'p'],
      ['999988887777/eu-west-1/q', 'q'],
    ]);
  });

  it('is one JSON document, with the same bytes for the same world', () => {
    const [one, other] = [simulate(), simulate()].map(({ kept }) => Buffer.from(encodeWorld(kept)));
    expect(one).toStrictEqual(other);
    expect(JSON.parse(String(one))).toMatchObject({ format: 'golden-world', version: 2, world: { at: AT } });
  });

  it('refuses a value that a file cannot contain, and names its field', () => {
    const { kept, world } = simulate();
    world.commands.put({ id: 'c-1', run: () => {} } as never, AT, 0);
    expect(() => encodeWorld(kept)).toThrow('commands of the world: a function is not plain data');
  });
});

describe('an invalid file', () => {
  const { kept } = simulate();
  const bytes = Buffer.from(encodeWorld(kept));
  const reasonOf = (content: Uint8Array): string => {
    try {
      restoreWorld(decodeWorld(content), { now: () => AT });
    } catch (error) {
      if (error instanceof UnreadableWorld) return error.reason;
      throw error;
    }
    return 'none';
  };
  const signed = (version: number, content: string) => {
    const sha256 = createHash('sha256').update(`${version}\n${content}`).digest('hex');
    const head = `{"format":"golden-world","version":${version},"sha256":"${sha256}"`;
    return Buffer.from(`${head},"bytes":${Buffer.byteLength(content)},"world":${content}}\n`);
  };

  it('is refused if any bit is changed', () => {
    expect(reasonOf(bytes)).toBe('none');
    for (let index = 0; index < bytes.length; index++) {
      const damaged = Buffer.from(bytes);
      damaged[index] = (damaged[index] ?? 0) ^ (1 << (index % 8));
      expect(['damaged', 'foreign'], `byte ${index}`).toContain(reasonOf(damaged));
    }
  });

  it('is refused if it is truncated at any length', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(reasonOf(bytes.subarray(0, length)), `${length} bytes`).toBe('damaged');
    }
  });

  it.each([
    ['with additional bytes', Buffer.concat([bytes, Buffer.from('\n')]), 'damaged'],
    ['two copies', Buffer.concat([bytes, bytes]), 'damaged'],
    ['formatted by an editor', Buffer.from(JSON.stringify(JSON.parse(String(bytes)), null, 2)), 'foreign'],
    ['only zeros', Buffer.alloc(5000), 'foreign'],
    ['another JSON document', Buffer.from('{"name":"golden"}'), 'foreign'],
    ['a later version', signed(3, '{"other":[]}'), 'newer'],
    [
      'a later version that was damaged',
      Buffer.from(signed(3, '{"other":[]}').toString().replace('other', 'ether')),
      'damaged',
    ],
    [
      'an unknown field',
      signed(1, `{"began":{"seed":1,"at":0},"seed":1,"at":0,"fields":{"moons":[]}}`),
      'newer',
    ],
  ])('is refused: %s', (_, content, reason) => {
    expect(reasonOf(content)).toBe(reason);
  });

  it('is refused for random bytes', () => {
    const start = bytes.subarray(0, 130);
    fc.assert(
      fc.property(fc.nat(130), fc.uint8Array({ maxLength: 300 }), (length, rest) => {
        expect(reasonOf(Buffer.concat([start.subarray(0, length), rest]))).not.toBe('none');
      }),
      { seed: 42, numRuns: 500 },
    );
  });
});

describe('writing', () => {
  const folder = (): string => {
    const path = mkdtempSync(join(tmpdir(), 'golden-state-'));
    onTestFinished(() => rmSync(path, { recursive: true, force: true }));
    return path;
  };

  it('replaces the file and leaves no other file', () => {
    const path = join(folder(), 'world.json');
    const { kept, world } = simulate();
    replaceFile(path, encodeWorld(kept));
    count(world, 'more');
    replaceFile(path, encodeWorld(kept));
    expect(readFileSync(path)).toStrictEqual(Buffer.from(encodeWorld(kept)));
    expect(readdirSync(join(path, '..'))).toEqual(['world.json']);
  });

  it('leaves a complete world even if the process is killed', async () => {
    const path = join(folder(), 'world.json');
    for (const writes of [1, 2, 3, 4, 5, 6]) {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'state-writer.ts'), path]);
      let written = 0;
      child.stdout.on('data', (data: Buffer) => {
        written += data.length;
        if (written >= writes) child.kill('SIGKILL');
      });
      await new Promise((resolve) => child.on('close', resolve));
      expect(written).toBeGreaterThanOrEqual(writes);
      expect(decodeWorld(readFileSync(path))).toMatchObject({ seed: 1 });
      // An incomplete file of a killed process does no harm.
      expect(readdirSync(join(path, '..')).filter((name) => !/^world\.json(\.tmp)?$/.test(name))).toEqual([]);
    }
  });
});
