import type { ListExecutionsCommandInput, ListExecutionsCommandOutput } from '@aws-sdk/client-sfn';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { findStateMachine } from './arns.ts';
import { isExpired } from './executions.ts';
import { page, pagingConstraints } from './paging.ts';

const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE'];

/** The executions of a state machine, newest first. */
export const listExecutions: Operation<ListExecutionsCommandInput, ListExecutionsCommandOutput> = {
  kind: 'read',
  accepts: ['maxResults', 'nextToken', 'stateMachineArn', 'statusFilter'],
  run(input, call) {
    check(input, {
      stateMachineArn: { length: [1, 256] },
      statusFilter: { oneOf: STATUSES },
      ...pagingConstraints(3096),
    });
    const { stateMachineArn: arn, statusFilter } = input;
    if (arn === undefined) {
      throw new AwsError('ValidationException', 'Must specify a stateMachineArn or a mapRunArn.');
    }
    findStateMachine(call, arn, 'ListExecutions');
    const { world, now } = call;
    const executions = world.executions
      .all()
      .filter(
        (execution) =>
          execution.stateMachineArn === arn &&
          !isExpired(execution, now) &&
          (statusFilter === undefined || execution.status === statusFilter),
      )
      .reverse()
      .sort((a, b) => b.startDate - a.startDate);
    const { items, ...rest } = page(executions, ({ id }) => id, input, now);
    return {
      executions: items.map(({ id, stateMachineArn, name, status, startDate, stopDate }) => ({
        executionArn: id,
        stateMachineArn,
        name,
        status,
        startDate: new Date(startDate),
        ...(stopDate === undefined ? {} : { stopDate: new Date(stopDate) }),
        redriveCount: 0,
      })),
      ...rest,
    };
  },
};
