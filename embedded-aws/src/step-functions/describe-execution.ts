import type { DescribeExecutionCommandInput, DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { checkIncludedData } from './describe-state-machine.ts';
import { findExecution, redriveOf } from './executions.ts';

export const describeExecution: Operation<DescribeExecutionCommandInput, DescribeExecutionCommandOutput> = {
  kind: 'read',
  accepts: ['executionArn', 'includedData'],
  run({ executionArn: arn = '', includedData }, call) {
    check({ executionArn: arn || undefined }, { executionArn: { required: true, length: [1, 256] } });
    checkIncludedData('DescribeExecution', includedData);
    const execution = findExecution(call, arn, 'DescribeExecution');
    const { stopDate, input, output, error, cause, traceHeader } = execution;
    return {
      executionArn: arn,
      stateMachineArn: execution.stateMachineArn,
      name: execution.name,
      status: execution.status,
      startDate: new Date(execution.startDate),
      ...(stopDate === undefined ? {} : { stopDate: new Date(stopDate) }),
      input,
      inputDetails: { included: true },
      ...(output === undefined ? {} : { output, outputDetails: { included: true } }),
      ...(traceHeader === undefined ? {} : { traceHeader }),
      ...(error === undefined ? {} : { error }),
      ...(cause === undefined ? {} : { cause }),
      redriveCount: 0,
      ...redriveOf(execution, call.now),
    };
  },
};
