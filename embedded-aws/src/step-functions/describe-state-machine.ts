import type {
  DescribeStateMachineCommandInput,
  DescribeStateMachineCommandOutput,
} from '@aws-sdk/client-sfn';
import { notEmulated } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { findStateMachine } from './arns.ts';
import type { StateMachineRevision } from './records.ts';

export const describeStateMachine: Operation<
  DescribeStateMachineCommandInput,
  DescribeStateMachineCommandOutput
> = {
  kind: 'read',
  accepts: ['includedData', 'stateMachineArn'],
  run({ stateMachineArn: arn = '', includedData }, call) {
    check({ stateMachineArn: arn || undefined }, { stateMachineArn: { required: true, length: [1, 256] } });
    checkIncludedData('DescribeStateMachine', includedData);
    const machine = findStateMachine(call, arn, 'DescribeStateMachine');
    return {
      stateMachineArn: arn,
      name: machine.name,
      status: 'ACTIVE',
      type: 'STANDARD',
      creationDate: new Date(machine.creationDate),
      ...revisionShape(machine),
    };
  },
};

/**
 * The common members of the responses for a state machine and for an execution. Logging is off, which is AWS's default.
 */
export function revisionShape({ definition, roleArn, revisionId, tracing }: StateMachineRevision) {
  return {
    definition,
    roleArn,
    loggingConfiguration: { level: 'OFF' as const, includeExecutionData: false },
    tracingConfiguration: { enabled: tracing },
    ...(revisionId === undefined ? {} : { revisionId }),
  };
}

export function checkIncludedData(operation: string, includedData: string | undefined): void {
  check({ includedData }, { includedData: { oneOf: ['ALL_DATA', 'METADATA_ONLY'] } });
  if (includedData === 'METADATA_ONLY') throw notEmulated(`sfn:${operation} with includedData METADATA_ONLY`);
}
