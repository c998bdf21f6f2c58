import type { Service } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { describeExecution } from './describe-execution.ts';
import { describeStateMachine } from './describe-state-machine.ts';
import { describeStateMachineForExecution } from './describe-state-machine-for-execution.ts';
import { type Execution, runExecution } from './execution.ts';
import { getExecutionHistory } from './get-execution-history.ts';
import { listExecutions } from './list-executions.ts';
import { listStateMachines } from './list-state-machines.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import { startExecution } from './start-execution.ts';
import { kept, transient } from './state.ts';
import { stopExecution } from './stop-execution.ts';

/**
 * Step Functions. State machines invoke the functions in `world.functions`. `docs/step-functions.md` lists what is
 * emulated.
 */
export const stepFunctions: Service = {
  name: 'sfn',
  kept,
  transient,
  operations: {
    DescribeExecution: describeExecution,
    DescribeStateMachine: describeStateMachine,
    DescribeStateMachineForExecution: describeStateMachineForExecution,
    GetExecutionHistory: getExecutionHistory,
    ListExecutions: listExecutions,
    ListStateMachines: listStateMachines,
    ListTagsForResource: listTagsForResource,
    StartExecution: startExecution,
    StopExecution: stopExecution,
  },
  transitions: {},
};

/**
 * Resumes the executions of a kept world whose process ended. Each execution continues in its current state, with
 * that state's input and new retries. A Map or Parallel state starts again.
 */
export function resumeExecutions(world: World): Execution[] {
  return world.executions
    .all()
    .filter(({ id, status }) => status === 'RUNNING' && !world.running.has(id))
    .map(({ id }) => runExecution(world, id));
}
