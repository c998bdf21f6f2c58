import type { Service } from '../core/operation.ts';
import type { World } from '../core/world.ts';
import type { Functions } from '../lambda/functions.ts';
import { describeExecution } from './describe-execution.ts';
import { describeStateMachine } from './describe-state-machine.ts';
import { describeStateMachineForExecution } from './describe-state-machine-for-execution.ts';
import { type Execution, runExecution } from './execution.ts';
import { getExecutionHistory } from './get-execution-history.ts';
import { listExecutions } from './list-executions.ts';
import { listStateMachines } from './list-state-machines.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import { startExecution } from './start-execution.ts';
import { stopExecution } from './stop-execution.ts';

/** Step Functions, with the functions that its machines invoke. `docs/embedded-aws/step-functions.md` says what is emulated. */
export interface StepFunctions extends Service {
  /** An execution that is under way in this process. */
  underWay(arn: string): Execution | undefined;
  /**
   * Takes up the executions of a kept world whose process ended: each goes on in the state that it was in, with that state's
   * input, its retries counted anew. What was inside of a Map or Parallel state begins that state again.
   */
  resumeExecutions(world: World): Execution[];
}

/** `functions` by their ARNs. */
export function stepFunctions(functions: Functions): StepFunctions {
  const running = new Map<string, Execution>();
  const underWay = (arn: string) => running.get(arn);
  const run = (world: World, arn: string): Execution => {
    const execution = runExecution(world, arn, functions);
    running.set(arn, execution);
    const over = () => running.delete(arn);
    execution.result.then(over, over);
    return execution;
  };
  return {
    name: 'sfn',
    operations: {
      DescribeExecution: describeExecution,
      DescribeStateMachine: describeStateMachine,
      DescribeStateMachineForExecution: describeStateMachineForExecution,
      GetExecutionHistory: getExecutionHistory,
      ListExecutions: listExecutions,
      ListStateMachines: listStateMachines,
      ListTagsForResource: listTagsForResource,
      StartExecution: startExecution(run),
      StopExecution: stopExecution(underWay),
    },
    transitions: {},
    underWay,
    resumeExecutions: (world) =>
      world.executions
        .all()
        .filter(({ id, status }) => status === 'RUNNING' && !running.has(id))
        .map(({ id }) => run(world, id)),
  };
}
