import { AwsError } from '../../../core/errors.ts';
import { asText, listOf } from '../../shape.ts';
import { type Action, type Progress, requiredText, type Step } from '../action.ts';
import { failsWhen } from '../messages.ts';
import { select } from '../select.ts';
import { call, failedCall } from './execute-aws-api.ts';

/** AWS does not document the polling interval. */
const POLL_SECONDS = 10;

/**
 * aws:waitForAwsResourceProperty: waits until the response of an API contains one of the desired
 * values.
 */
export const waitForAwsResourceProperty: Action = {
  inputs: ['*'],
  timeoutSeconds: 3600,
  begin: look,
  poll: look,
};

function look(step: Step): Progress {
  const property = propertyOf(step);
  if (property instanceof AwsError) return failedCall(step.inputs, property);
  return property.desired ? { is: 'done' } : { is: 'waiting', until: step.at + POLL_SECONDS * 1000 };
}

/**
 * aws:assertAwsResourceProperty: fails unless the response of an API contains one of the desired
 * values now.
 */
export const assertAwsResourceProperty: Action = {
  inputs: ['*'],
  begin: (step) => {
    const property = propertyOf(step);
    if (property instanceof AwsError) return failedCall(step.inputs, property);
    if (property.desired) return { is: 'done' };
    const desired = property.values.map((value) => `'${value}'`).join(', ');
    return {
      is: 'failed',
      message: failsWhen(
        'Execute/Cancelling action',
        `Property value '${property.found}' from the API output is not in the desired values. Desired values: [${desired}].`,
      ),
    };
  },
};

function propertyOf(step: Step): AwsError | { found: string; values: string[]; desired: boolean } {
  const answer = call(step);
  if (answer instanceof AwsError) return answer;
  const selected = select(answer, requiredText(step.inputs, 'PropertySelector'));
  const values = listOf(step.inputs.DesiredValues).map(asPython);
  const found = asPython(selected);
  return { found, values, desired: values.includes(found) };
}

/**
 * Automation compares values in Python's notation: booleans are `True` and `False`, and a missing
 * value is `None`.
 */
function asPython(value: unknown): string {
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value === undefined || value === null) return 'None';
  return asText(value) ?? JSON.stringify(value);
}
