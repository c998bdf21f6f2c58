import { AwsError } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import { callerOf } from '../sts/callers.ts';
import type { StateMachineRecord } from './records.ts';

const ARN = /^arn:aws[a-z-]*:states:([a-z0-9-]+):(\d{12}):([A-Za-z]+):(.+)$/;

/** Texts are recorded by localstack/localstack (tests/aws/services/stepfunctions/v2, test_sfn_api.snapshot.json). */
function checkArn(call: Call, arn: string, type: 'stateMachine' | 'execution', operation: string): void {
  if (!arn.startsWith('arn:')) throw invalidArn(`Invalid ARN prefix: ${arn}`);
  const [, , owner, found = ''] = ARN.exec(arn) ?? [];
  if (owner === undefined) throw invalidArn(`Invalid ARN: ${arn}`);
  if (found !== type) throw invalidArn(`Resource type not valid in this context: ${found.toLowerCase()}`);
  if (owner === call.account) return;
  throw new AwsError(
    'AccessDeniedException',
    `User: ${callerOf(call).arn} is not authorized to perform: states:${operation} on resource: ${arn} because no resource-based policy allows the states:${operation} action`,
  );
}

const invalidArn = (reason: string) => new AwsError('InvalidArn', `Invalid Arn: '${reason}'`);

export function checkExecutionArn(call: Call, arn: string, operation: string): void {
  checkArn(call, arn, 'execution', operation);
}

/** The state machine of an unqualified ARN. Versions and aliases are not emulated. */
export function findStateMachine(call: Call, arn: string, operation: string): StateMachineRecord {
  checkArn(call, arn, 'stateMachine', operation);
  const machine = call.world.stateMachines.get(arn);
  if (machine === undefined || machine.region !== call.region) {
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  }
  return machine;
}

export const executionArn = (stateMachineArn: string, name: string): string =>
  `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
