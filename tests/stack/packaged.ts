import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { copyProject } from '../example-project.ts';
import type { TestRecipe } from '../simulated-build.ts';

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly DependsOn?: string | readonly string[];
  // biome-ignore lint/suspicious/noExplicitAny: each type of CloudFormation has its own properties.
  readonly Properties: any;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Conditions: Readonly<Record<string, unknown>>;
  readonly Outputs: Readonly<Record<string, { Value: unknown }>>;
}

export interface Packaged {
  readonly template: Template;
  readonly file: string;
  /** The output of the command. */
  readonly stdout: string;
  /** The folder with the template and the functions' archives. */
  readonly folder: string;
  remove(): void;
}

/** Packages the example recipes, and these recipes, into a new folder, as `npm run package` does. */
export function packageStack(parameters: string[] = [], recipes: TestRecipe[] = []): Packaged {
  const folder = mkdtempSync(join(tmpdir(), 'golden-image-package-'));
  const project = copyProject();
  for (const recipe of recipes) {
    writeFileSync(join(project.folder, 'recipes', `${recipe.name}.yml`), stringify(recipe));
  }
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      'scripts/package.ts',
      ...['--region', 'eu-central-1', '--package', folder],
      ...parameters.flatMap((one) => ['--param', one]),
    ],
    { cwd: project.folder, encoding: 'utf8', env: { ...process.env, npm_lifecycle_event: '' } },
  );
  project.remove();
  if (status !== 0) throw new Error(`packaging ended with ${status}:\n${stdout}\n${stderr}`);
  const file = join(folder, 'cloudformation-template-update-stack.json');
  return {
    template: JSON.parse(readFileSync(file, 'utf8')),
    file,
    stdout,
    folder,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The statements of a role's policies. */
export function statementsOf({ Resources }: Template, role: string): Statement[] {
  const policies: { PolicyDocument: { Statement: Statement[] } }[] =
    Resources[role]?.Properties.Policies ?? [];
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

export const actionsOf = ({ Action }: Statement): string[] => [Action].flat();

/** The role of each function, by the function's key. */
export function functionRoles({ Resources }: Template): Record<string, string> {
  const functions = Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Function');
  return Object.fromEntries(
    functions.map(([id, { Properties }]) => {
      const key = id.replace(/LambdaFunction$/, '');
      return [key.charAt(0).toLowerCase() + key.slice(1), Properties.Role['Fn::GetAtt'][0]];
    }),
  );
}
