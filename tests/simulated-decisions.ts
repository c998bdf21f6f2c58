import { perform } from 'embedded-aws';
import { HOME } from '../local/pipeline.ts';
import type { Decision } from '../shared/build/execution-document.ts';
import { AT, plainRecipe, recipeFile, simulate, type TestRecipe } from './simulated-build.ts';

/** A deployment, with functions to call Decide and Record and to read the table. */
export function deployed(
  recipe: TestRecipe = plainRecipe,
  options: Partial<Parameters<typeof simulate>[0]> = {},
) {
  const simulation = simulate({ recipes: [recipeFile(recipe)], ...options });
  const { pipeline, run, world } = simulation;
  const call = (service: string, operation: string, input: Record<string, unknown>) =>
    perform(pipeline.services, world, { service, operation, ...HOME, input });
  const decide = (execution: string, request: object = {}): Promise<Decision> =>
    run(
      pipeline.invoke('decide', {
        execution,
        startTime: AT.toISOString(),
        document: { recipe: recipe.name, ...request },
      }),
    ) as Promise<Decision>;
  const record = (execution: string, document: object) =>
    run(
      pipeline.invoke('record', {
        execution,
        startTime: AT.toISOString(),
        document: { recipe: recipe.name, ...document },
      }),
    );
  const items = () => {
    const { Items } = call('dynamodb', 'Scan', { TableName: pipeline.deps.settings.table });
    const all = Items as Record<string, { S?: string; N?: string }>[];
    return Object.fromEntries(all.map(({ id, ...rest }) => [id?.S, rest]));
  };
  return { ...simulation, call, decide, record, items };
}
