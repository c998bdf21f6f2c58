import type { CommandFilter } from '@aws-sdk/client-ssm';
import { AwsError } from '../../core/errors.ts';
import { type Constraint, check } from '../../core/validation.ts';
import { id, instanceId } from '../constraints.ts';
import { invalidFilterKey } from '../refusals.ts';
import { hasEnded } from './shapes.ts';

const filters = {
  length: [1, 5],
  members: {
    key: {
      required: true,
      oneOf: ['InvokedAfter', 'InvokedBefore', 'Status', 'ExecutionStage', 'DocumentName'],
    },
    value: { required: true, length: [1, 128] },
  },
} as const satisfies Constraint;

/** Checks the input members that ListCommands and ListCommandInvocations share. */
export function checkList(input: object): void {
  check(input, { CommandId: id, InstanceId: instanceId, Filters: filters });
}

interface Listed {
  readonly requested: number;
  readonly status: string;
  readonly statusDetails: string;
  readonly documentName: string;
}

/** A test for commands and invocations that pass all filters. */
export function commandTest(
  given: readonly CommandFilter[] | undefined,
  of: 'commands' | 'invocations',
): (listed: Listed) => boolean {
  const tests = (given ?? []).map(({ key, value = '' }): ((listed: Listed) => boolean) => {
    switch (key) {
      case 'InvokedAfter':
      case 'InvokedBefore': {
        const time = Date.parse(value);
        if (Number.isNaN(time)) {
          throw new AwsError('InvalidFilterValue', `The filter value ${value} is not a timestamp.`);
        }
        return ({ requested }) => (key === 'InvokedAfter' ? requested >= time : requested <= time);
      }
      // The value TimedOut matches both kinds of timeouts. Each kind also has its own value.
      case 'Status':
        return ({ status, statusDetails }) => status === value || statusDetails === value;
      case 'ExecutionStage':
        if (of === 'invocations') throw invalidFilterKey();
        if (value !== 'Executing' && value !== 'Complete') {
          throw new AwsError('InvalidFilterValue', `The filter value ${value} is not valid.`);
        }
        return ({ status }) => hasEnded(status) === (value === 'Complete');
      default:
        return ({ documentName }) => documentName === value;
    }
  });
  return (listed) => tests.every((passes) => passes(listed));
}
