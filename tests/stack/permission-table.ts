import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const lines = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8').split('\n');

/** The cells of the table whose first columns have these headings. The first row contains the headings. */
function table(...headings: string[]): string[][] {
  const begin = lines.findIndex((line) => line.startsWith(`| ${headings.join(' | ')} |`));
  if (begin === -1) throw new Error(`docs/operations.md has no table of ${headings.join(', ')}`);
  const length = lines.slice(begin).findIndex((line) => !line.startsWith('|'));
  const rows = lines.slice(begin, begin + length).map((line) =>
    line
      .slice(1, line.lastIndexOf('|'))
      .split('|')
      .map((cell) => cell.trim()),
  );
  return [rows[0] ?? [], ...rows.slice(2)];
}

const named = (cell: string): string => cell.replaceAll('`', '');

/** The table of permissions: the functions that have each permission, and whether the permission is on `*`. */
export function functionPermissions(): { permission: string; anywhere: boolean; functions: string[] }[] {
  const [[, , ...functions] = [], ...rows] = table('Permission', 'On');
  return rows.map(([permission = '', on = '', ...cells]) => ({
    permission: named(permission),
    anywhere: on === '`*`',
    functions: functions.filter((_, index) => cells[index] === '●'),
  }));
}

/** The permissions that only some recipes need: the functions that have each of them. */
export function recipePermissions(): Record<string, string[]> {
  const [, ...rows] = table('Permission of the recipes', 'On', 'Functions');
  return Object.fromEntries(
    rows.map(([permission = '', , functions = '']) => [named(permission), functions.split(', ').toSorted()]),
  );
}

/** A permission that no test uses, but that has a documented reason. */
export interface Justified {
  /** The function or role; `all` stands for every function. */
  readonly of: string;
  /** `logs:*` stands for all permissions of a service, `*` for all permissions. */
  readonly permission: string;
}

export function justifiedPermissions(): Justified[] {
  const [, ...rows] = table('Permission', 'Of', 'Why it is there');
  return rows.flatMap(([permissions = '', of = '']) =>
    permissions.split(', ').map((permission) => ({ of: named(of), permission: named(permission) })),
  );
}

/** The permissions of the other roles, by the roles' logical ids. Permissions that the table excludes are not returned. */
export function otherRoles(): Record<string, string[]> {
  const [, ...rows] = table('Role', 'Assumed by', 'Permissions');
  return Object.fromEntries(
    rows.map(([role = '', , permissions = '']) => {
      const granted = permissions.replace(/but no .*?:(?= )/, '');
      return [
        named(role),
        [...granted.matchAll(/`([a-z0-9]+:\w+)`/g)].map(([, name = '']) => name).toSorted(),
      ];
    }),
  );
}
