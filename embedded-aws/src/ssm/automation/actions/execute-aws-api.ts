import { AwsError } from '../../../core/errors.ts';
import { asText, type Fields, fieldsOf, listOf } from '../../shape.ts';
import { type Action, requiredText, type Step } from '../action.ts';
import { callApi, operationName } from '../dispatch.ts';
import { failsWhen, fromBoto } from '../messages.ts';
import { select } from '../select.ts';

/** The inputs of the action. All other inputs are parameters of the API. */
const own = ['Service', 'Api', 'PropertySelector', 'DesiredValues'];

/** aws:executeAwsApi: one call to an emulated operation. `outputs` select parts of its response. */
export const executeAwsApi: Action = {
  inputs: ['*'],
  begin: (step) => {
    const answer = call(step);
    if (answer instanceof AwsError) return failedCall(step.inputs, answer);
    const outputs = listOf(step.definition.fields.outputs)
      .map(fieldsOf)
      .map(({ Name, Selector }) => {
        const value = select(answer, asText(Selector) ?? '');
        return [asText(Name) ?? '', listOfTexts(value)] as const;
      });
    return {
      is: 'done',
      outputs: { ...Object.fromEntries(outputs), OutputPayload: [JSON.stringify(answer)] },
    };
  },
};

/** Calls the API that the step names. Returns an error instead of throwing it. */
export function call({ world, services, automation, inputs, at }: Step): unknown {
  const input = Object.fromEntries(Object.entries(inputs).filter(([name]) => !own.includes(name)));
  try {
    return callApi(world, services, {
      service: requiredText(inputs, 'Service'),
      api: requiredText(inputs, 'Api'),
      input,
      account: automation.account,
      region: automation.region,
      ...(automation.role && { role: automation.role }),
      at,
    });
  } catch (error) {
    if (error instanceof AwsError) return error;
    throw error;
  }
}

export function failedCall(inputs: Fields, error: AwsError) {
  const api = operationName(asText(inputs.Api) ?? '');
  return { is: 'failed', message: failsWhen('Execute/Cancelling action', fromBoto(error, api)) } as const;
}

function listOfTexts(value: unknown): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map((item) => asText(item) ?? JSON.stringify(item));
}
