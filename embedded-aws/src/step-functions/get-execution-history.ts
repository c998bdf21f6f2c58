import type { GetExecutionHistoryCommandInput, GetExecutionHistoryCommandOutput } from '@aws-sdk/client-sfn';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { findExecution } from './executions.ts';
import { historyEvents } from './history.ts';
import { page, pagingConstraints } from './paging.ts';

export const getExecutionHistory: Operation<
  GetExecutionHistoryCommandInput,
  GetExecutionHistoryCommandOutput
> = {
  kind: 'read',
  accepts: ['executionArn', 'includeExecutionData', 'maxResults', 'nextToken', 'reverseOrder'],
  run(input, call) {
    check(input, { executionArn: { required: true, length: [1, 256] }, ...pagingConstraints() });
    const { executionArn: arn = '', reverseOrder = false, includeExecutionData = true } = input;
    const execution = findExecution(call, arn, 'GetExecutionHistory');
    const ids = execution.history.flat().map((_event, index) => index + 1);
    if (reverseOrder) ids.reverse();
    const { items, ...rest } = page(ids, String, input, call.now);
    return { events: historyEvents(execution, items, includeExecutionData), ...rest };
  },
};
