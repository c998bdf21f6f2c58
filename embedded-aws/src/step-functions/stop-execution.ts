import type { StopExecutionCommandInput, StopExecutionCommandOutput } from '@aws-sdk/client-sfn';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { endExecution } from './ending.ts';
import { findExecution } from './executions.ts';
import { historyOf } from './history.ts';

/** Stops an execution of this process. An execution that waits to be resumed is ended in its record only. */
export const stopExecution: Operation<StopExecutionCommandInput, StopExecutionCommandOutput> = {
  kind: 'write',
  accepts: ['cause', 'error', 'executionArn'],
  run({ executionArn: arn = '', error, cause }, call) {
    check(
      { executionArn: arn || undefined, error, cause },
      {
        executionArn: { required: true, length: [1, 256] },
        error: { length: [0, 256] },
        cause: { length: [0, 32_768] },
      },
    );
    const { world } = call;
    findExecution(call, arn, 'StopExecution');
    const reason = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
    const execution = world.running.get(arn);
    if (execution === undefined) {
      endExecution(world, arn, { status: 'ABORTED', ...reason }, historyOf(world, arn));
    } else execution.stop(reason);
    // An execution that had already ended is unchanged. The response has the time of its end.
    return { stopDate: new Date(world.executions.get(arn)?.stopDate ?? call.now) };
  },
};
