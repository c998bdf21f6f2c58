import { uuid } from '../core/random.ts';
import { count, type World } from '../core/world.ts';
import type { StateMachineRecord } from './records.ts';

export interface StateMachineDeployment {
  readonly arn: string;
  /** Amazon States Language, as JSON text. */
  readonly definition: string;
  readonly roleArn: string;
}

/** Creates a state machine, or updates it if its definition has changed. Running executions keep the definition they started with. */
export function deployStateMachine(
  world: World,
  { arn, definition, roleArn }: StateMachineDeployment,
): StateMachineRecord {
  const known = world.stateMachines.get(arn);
  if (known?.definition === definition) return known;
  const now = world.now();
  const [, , , region = '', account = '', , name = ''] = arn.split(':');
  const base =
    known === undefined
      ? { id: arn, account, region, tags: {}, name, creationDate: now, tracing: true }
      : { ...known, revisionId: uuid(world.seed, 'revision', count(world, 'revision')) };
  return world.stateMachines.put({ ...base, definition, roleArn, updateDate: now }, now, 0);
}
