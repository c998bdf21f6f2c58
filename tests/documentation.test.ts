import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const pages = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => join('docs', name));

it('numbers the decisions without gaps, in the name of the file and in the title', () => {
  const decisions = pages.filter((page) => page.startsWith('docs/decisions/')).toSorted();
  for (const [index, page] of decisions.entries()) {
    expect(page).toContain(`/${String(index + 1).padStart(4, '0')}-`);
    expect(read(page)).toMatch(new RegExp(`^# ${index + 1}\\. `));
  }
});

it.each(pages)('%s links to files that exist', (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(
    ([, link = '']) => link,
  );
  for (const link of links) expect(() => readFileSync(join(ROOT, page, '..', link))).not.toThrow();
});

it.each([...pages, 'README.md', 'CHANGELOG.md', 'CONTRIBUTING.md'])(
  '%s has lines of at most 140 characters',
  (page) => {
    // Tables and code cannot be wrapped.
    const prose = read(page)
      .replaceAll(/^ *```[\s\S]*?^ *```/gm, '')
      .split('\n')
      .filter((line) => !line.startsWith('|'));
    expect(prose.filter((line) => line.length > 140)).toEqual([]);
  },
);

describe('docs/operations.md', () => {
  const operations = read('docs/operations.md');
  const row = (first: string) =>
    operations.split('\n').find((line) => line.startsWith(`| ${first} |`)) ?? `no row ${first}`;

  it('names the functions that each state machine calls', () => {
    const functionsOf = (file: string) =>
      [...read(`statemachines/${file}.yml`).matchAll(/^ +Resource: \{ Fn::GetAtt: \[(\w+), Arn\] \}$/gm)]
        .map(([, name = '']) => name)
        .toSorted();
    /** The functions in the sentence about a state machine. */
    const named = (machine: string) => {
      const [, sentence = ''] =
        new RegExp(`\`golden-image-${machine}\` calls ([^.]*)\\.`).exec(row('functions')) ?? [];
      return [...sentence.matchAll(/`(\w+)`/g)].map(([, name = '']) => name).toSorted();
    };
    expect(named('channels')).toEqual(functionsOf('channels'));
    expect(named('clean-up')).toEqual(functionsOf('clean-up'));
    const all = new Set(['bake', 'channels', 'clean-up'].flatMap(functionsOf));
    const inBake = functionsOf('bake');
    expect(named('bake')).toEqual([...all].filter((name) => !inBake.includes(name)).toSorted());
    const [, called = ''] = /topic call ([^|]*)/.exec(row('functions')) ?? [];
    const others = [...called.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
    expect([...all, ...others].toSorted()).toEqual(
      Object.keys(parse(read('serverless.yml')).functions).toSorted(),
    );
  });

  it('names every attribute of the record of a recipe', () => {
    const [, attributes = ''] =
      /^ \* +recipe#<recipe> +(.*)$/m.exec(read('shared/aws/builds-table.ts')) ?? [];
    const named = [...row('`recipe#<recipe>`').matchAll(/`(\w+)`:/g)].map(([, name = '']) => name);
    expect(named.toSorted()).toEqual(attributes.split(', ').toSorted());
  });
});
