import { faultsSchema as schemaOf, services } from 'embedded-aws';
import { statesOf } from '../../local/machines.ts';
import { readYaml } from '../../local/project-file.ts';

const MACHINES = ['bake', 'clean-up'];
/** The functions that no state machine invokes. */
const OTHER_FUNCTIONS = ['golden-image-trigger', 'golden-image-watch', 'golden-image-watchReleases'];

/** The schema of a faults file, with the names of what is deployed: operations, states, functions and steps. */
export function faultsSchema() {
  const machines = MACHINES.map(statesOf);
  return schemaOf({
    services: Object.keys(services),
    operations: unique(
      Object.values(services).flatMap(({ operations }) => Object.keys(operations)),
    ).toSorted(),
    automationSteps: unique(['build-linux.yml', 'build-windows.yml'].flatMap(stepsOf)),
    functions: unique([
      ...machines.flatMap(({ functionKeys }) => Object.keys(functionKeys)),
      ...OTHER_FUNCTIONS,
    ]),
    states: unique(machines.flatMap(({ all }) => all)),
  });
}

const unique = (names: readonly string[]): string[] => [...new Set(names)];

/** The steps of a document that patches an instance. */
function stepsOf(file: string): string[] {
  const { mainSteps } = readYaml(`documents/${file}`) as { mainSteps: readonly { name: string }[] };
  return mainSteps.map(({ name }) => name);
}
