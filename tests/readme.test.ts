import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseRecipe } from '../shared/recipe/recipe-file.ts';
import { golden } from './cli/golden-command.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const readme = read('README.md');

describe('README.md', () => {
  it('has at most 150 lines', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(150);
  });

  it('has a recipe that passes every check', () => {
    const [, recipe = ''] = /```yaml\n([\s\S]*?)```/.exec(readme) ?? [];
    expect(parseRecipe(recipe, 'recipes/web.yml', new Date('2026-11-22T03:00:00Z'))).toMatchObject({
      recipe: { name: 'web', share: { accounts: ['111122223333'] } },
    });
  });

  it('shows the run that its command prints', async () => {
    const [, command = ''] = /^\(`npm run -s (bake -- .*) \| cat` prints this run\./m.exec(readme) ?? [];
    expect(command).toContain('--fresh --seed 42');
    const { code, out, err } = await golden(command.split(' ').filter((arg) => arg !== '--'));
    expect([code, err]).toEqual([0, '']);
    const shown = /```\n(Baking [\s\S]*?)```/.exec(readme)?.[1];
    // The test keeps its world elsewhere, and the real time depends on the machine.
    const comparable = (text = '') =>
      text.replace(/^State {6}[^,]+,/m, 'State      FILE,').replace(/, \d+\.\d s real/, ', TIME real');
    expect(comparable(shown)).toBe(comparable(out));
  });

  it('names scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = [...readme.matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('runs its test command in CI', () => {
    expect(readme).toMatch(/^npm cit\b/m);
    expect(read('.ci/run')).toMatch(/^npm cit$/m);
  });
});

it.each(['README.md', 'CONTRIBUTING.md', 'docs/commands.md', 'embedded-aws/README.md'])(
  '%s links to files that exist',
  (file) => {
    const links = [...read(file).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(0);
    // Users remove recipes that they do not want.
    const lasting = links.filter((link) => !link.startsWith('recipes/'));
    expect(lasting.filter((link) => !existsSync(join(ROOT, file, '..', link)))).toEqual([]);
  },
);
