import type {
  DescribeStateMachineForExecutionCommandInput,
  DescribeStateMachineForExecutionCommandOutput,
} from '@aws-sdk/client-sfn';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { checkIncludedData, revisionShape } from './describe-state-machine.ts';
import { findExecution } from './executions.ts';

/** The state machine as it was when the execution started. */
export const describeStateMachineForExecution: Operation<
  DescribeStateMachineForExecutionCommandInput,
  DescribeStateMachineForExecutionCommandOutput
> = {
  kind: 'read',
  accepts: ['executionArn', 'includedData'],
  run({ executionArn: arn = '', includedData }, call) {
    check({ executionArn: arn || undefined }, { executionArn: { required: true, length: [1, 256] } });
    checkIncludedData('DescribeStateMachineForExecution', includedData);
    const { stateMachineArn, machine } = findExecution(call, arn, 'DescribeStateMachineForExecution');
    return {
      stateMachineArn,
      name: stateMachineArn.split(':').at(-1) ?? '',
      updateDate: new Date(machine.updateDate),
      ...revisionShape(machine),
    };
  },
};
