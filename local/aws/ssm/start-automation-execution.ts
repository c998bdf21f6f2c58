import type {
  StartAutomationExecutionCommandInput,
  StartAutomationExecutionCommandOutput,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../errors.ts';
import type { Operation } from '../operation.ts';
import { uuid } from '../random.ts';
import type { AutomationRecord } from '../records.ts';
import { count } from '../world.ts';
import { startAutomation, stepsAtRest } from './automation/interpreter.ts';
import { findDocument, requireVersion, valuesOf } from './documents.ts';
import { required, validationError } from './errors.ts';

export const startAutomationExecution: Operation<
  StartAutomationExecutionCommandInput,
  StartAutomationExecutionCommandOutput
> = {
  kind: 'write',
  accepts: [
    'DocumentName',
    'DocumentVersion',
    'Parameters.*',
    'ClientToken',
    'Mode',
    'Tags.Key',
    'Tags.Value',
  ],
  run: (input, { world, account, region, now }) => {
    const name = required(input.DocumentName, 'documentName');
    const parameters = input.Parameters ?? {};
    checkLimits(parameters, input);
    const document = findDocument(world, { account, region }, name);
    if (document === undefined || document.documentType !== 'Automation') {
      throw new AwsError(
        'AutomationDefinitionNotFoundException',
        `Automation definition not found: ${name}. Verify that the Automation definition exists in ${region}.`,
      );
    }
    try {
      requireVersion(document, input.DocumentVersion);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw new AwsError('AutomationDefinitionVersionNotFoundException', error.message);
    }
    valuesOf(
      document.content,
      parameters,
      (what) => new AwsError('InvalidAutomationExecutionParametersException', what),
    );
    // A token stands for one call: the same call finds its execution again, another one is refused.
    const token = input.ClientToken?.toLowerCase();
    const tokenKey = `StartAutomationExecution/${account}/${region}/${token}`;
    const asked = JSON.stringify([name, input.DocumentVersion, sorted(parameters), input.Tags]);
    const earlier = token === undefined ? undefined : world.clientTokens.get(tokenKey);
    if (earlier !== undefined) {
      if (earlier.asked === asked) return { AutomationExecutionId: earlier.id };
      throw new AwsError(
        'IdempotentParameterMismatch',
        `The client token ${input.ClientToken} was used before with other parameters.`,
      );
    }
    const id = uuid(world.seed, 'automation', count(world, 'automation'));
    const automation: AutomationRecord = {
      id,
      account,
      region,
      tags: Object.fromEntries((input.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
      documentName: name,
      documentVersion: document.version,
      document: document.content,
      parameters,
      status: 'Pending',
      startTime: now,
      steps: stepsAtRest(world.seed, id, document.content),
      outputs: {},
      turn: 0,
      ...(input.ClientToken !== undefined && { clientToken: input.ClientToken }),
    };
    if (token !== undefined) world.clientTokens.set(tokenKey, { asked, id });
    startAutomation(world, automation, now);
    return { AutomationExecutionId: id };
  },
};

/** Limits of the Systems Manager API reference, StartAutomationExecution. */
function checkLimits(
  parameters: Record<string, string[]>,
  { ClientToken, Tags = [], Mode }: StartAutomationExecutionCommandInput,
): void {
  if (Object.keys(parameters).length > 200) {
    throw validationError('{…}', 'parameters', 'Member must have length less than or equal to 200');
  }
  for (const [name, values] of Object.entries(parameters)) {
    if (!Array.isArray(values)) {
      throw new AwsError('SerializationException', 'Expected list or null');
    }
    if (values.length > 50) {
      throw validationError(
        '{…}',
        'parameters',
        'Map value must satisfy constraint: [Member must have length less than or equal to 50]',
      );
    }
    // Also an empty value is refused: a parameter that has none is left out, and its default holds.
    const bad = values.find((value) => value.length < 1 || value.length > 512);
    if (bad !== undefined) {
      const constraint =
        bad.length < 1
          ? 'Member must have length greater than or equal to 1'
          : 'Member must have length less than or equal to 512';
      throw validationError(
        `{${name}=[${bad.slice(0, 40)}]}`,
        'parameters',
        `Map value must satisfy constraint: [Member must satisfy constraint: [${constraint}]]`,
      );
    }
  }
  if (ClientToken !== undefined && !uuidPattern.test(ClientToken)) {
    throw validationError(
      ClientToken,
      'clientToken',
      `Member must satisfy regular expression pattern: ${uuidPattern.source.slice(1, -1)}`,
    );
  }
  if (Tags.length > 5) {
    throw validationError('[…]', 'tags', 'Member must have length less than or equal to 5');
  }
  if (Mode !== undefined && Mode !== 'Auto') {
    throw validationError(
      Mode,
      'mode',
      'Member must satisfy enum value set: [Auto] (Interactive is not emulated)',
    );
  }
}

const uuidPattern = /^[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{12}$/;

const sorted = (parameters: Record<string, string[]>) =>
  Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
