import type {
  StartAutomationExecutionCommandInput,
  StartAutomationExecutionCommandOutput,
  Tag,
} from '@aws-sdk/client-ssm';
import { AwsError, notEmulated } from '../core/errors.ts';
import { uuid } from '../core/random.ts';
import type { Tags } from '../core/resource.ts';
import type { RoleSession } from '../core/roles.ts';
import type { Call, Operation } from '../core/service.ts';
import { check, checkValue, validationError } from '../core/validation.ts';
import { count, lagMs } from '../core/world.ts';
import { callerOf } from '../sts/callers.ts';
import { hasEnded, initialSteps, startAutomation } from './automation/interpreter.ts';
import { documentArn, documentVersion, tagList } from './constraints.ts';
import { findDocument, parametersOf, valuesOf, versionOf } from './documents.ts';
import type { AutomationRecord, DocumentRecord, DocumentVersionRecord } from './records.ts';
import { fieldsOf } from './shape.ts';
import { substitute } from './substitution.ts';
import { tagsFrom } from './tagging.ts';

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
  run: (input, call) => {
    const { world, account, region, now } = call;
    check(input, {
      DocumentName: { required: true, ...documentArn },
      DocumentVersion: documentVersion,
      ClientToken: { length: [36, 36], pattern: uuidPattern },
      Mode: { oneOf: ['Auto', 'Interactive'] },
      Tags: tagList,
    });
    const { DocumentName: name = '', Parameters: parameters = {} } = input;
    checkParameters(parameters);
    if (input.Mode === 'Interactive') throw notEmulated('ssm:StartAutomationExecution with Mode Interactive');
    const tags = startTags(input.Tags ?? []);
    const document = findDocument(world, { account, region }, name);
    if (document === undefined || document.documentType !== 'Automation') {
      throw new AwsError(
        'AutomationDefinitionNotFoundException',
        `Automation definition not found: ${name}. Verify that the Automation definition exists in ${region}.`,
      );
    }
    const version = automationVersion(document, input.DocumentVersion);
    valuesOf(
      version.content,
      parameters,
      (what) => new AwsError('InvalidAutomationExecutionParametersException', what),
    );
    // A token identifies one call. Another call with the token is refused. In a world with the
    // behavior `refused`, the same call is refused, too.
    const token = input.ClientToken?.toLowerCase();
    const tokenKey = `StartAutomationExecution/${account}/${region}/${token}`;
    const asked = JSON.stringify([name, input.DocumentVersion, sorted(parameters), input.Tags]);
    const earlier = token === undefined ? undefined : world.clientTokens.get(tokenKey);
    if (earlier !== undefined) {
      const isSame = earlier.asked === asked;
      if (isSame && world.ssmBehavior.repeatedAutomationTokens === 'answered')
        return { AutomationExecutionId: earlier.id };
      throw new AwsError(
        'IdempotentParameterMismatch',
        `The client token ${input.ClientToken} was used before${isSame ? '' : ' with other parameters'}.`,
      );
    }
    const open = world.automations
      .all()
      .filter((one) => one.account === account && one.region === region && !hasEnded(one.status));
    if (open.length >= openAutomationsMax) {
      throw new AwsError(
        'AutomationExecutionLimitExceededException',
        'The number of simultaneously running Automation executions exceeded the allowable limit.',
      );
    }
    const id = uuid(world.seed, 'automation', count(world, 'automation'));
    const role = roleOf(version.content, parameters, id, call);
    const automation: AutomationRecord = {
      id,
      account,
      region,
      tags,
      documentName: document.name,
      documentVersion: version.version,
      document: version.content,
      parameters,
      status: 'Pending',
      startTime: now,
      executedBy: callerOf(call).arn,
      ...(role && { role }),
      steps: initialSteps(world.seed, id, version.content),
      outputs: {},
      turn: 0,
      ...(input.ClientToken !== undefined && { clientToken: input.ClientToken }),
    };
    if (token !== undefined) world.clientTokens.set(tokenKey, { asked, id });
    // Lists show the automation after a delay. A read by id finds it immediately.
    world.automations.put(automation, now, lagMs(world, `automation-${id}`));
    startAutomation(world, automation, now);
    return { AutomationExecutionId: id };
  },
};

/** The document's role (`assumeRole`), otherwise the role of the caller. */
function roleOf(
  content: unknown,
  parameters: Record<string, string[]>,
  id: string,
  call: Call,
): RoleSession | undefined {
  const declared = parametersOf(content);
  const named = substitute(
    fieldsOf(content).assumeRole,
    (name) => parameters[name]?.[0] ?? declared[name]?.default,
  );
  if (typeof named !== 'string' || !named.startsWith('arn:')) return callerOf(call).role;
  return { arn: named, sessionName: `Automation-${id}` };
}

/**
 * On AWS, 100 automations run and 5,000 wait. Here, all automations run (AWS General Reference, Systems
 * Manager endpoints and quotas).
 */
const openAutomationsMax = 5_100;

/** This operation has its own error for a missing version, instead of `InvalidDocumentVersion`. */
function automationVersion(document: DocumentRecord, wanted: string | undefined): DocumentVersionRecord {
  try {
    return versionOf(document, wanted);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError('AutomationDefinitionVersionNotFoundException', error.message);
  }
}

const startTagsMax = 5;

function startTags(tags: readonly Tag[]): Tags {
  checkValue(tags, 'tags', { length: [0, startTagsMax] });
  return tagsFrom(tags);
}

/** The limits in the Systems Manager API reference, StartAutomationExecution. */
function checkParameters(parameters: Record<string, string[]>): void {
  if (Object.keys(parameters).length > 200) {
    throw validationError(parameters, 'parameters', 'Member must have length less than or equal to 200');
  }
  for (const values of Object.values(parameters)) {
    if (!Array.isArray(values)) {
      throw new AwsError('SerializationException', 'Expected list or null');
    }
    if (values.length > 50) {
      throw validationError(
        parameters,
        'parameters',
        'Map value must satisfy constraint: [Member must have length less than or equal to 50]',
      );
    }
    // An empty value is refused, too. To use a parameter's default, a request must leave the
    // parameter out.
    const bad = values.find((value) => value.length < 1 || value.length > 512);
    if (bad !== undefined) {
      const constraint =
        bad.length < 1
          ? 'Member must have length greater than or equal to 1'
          : 'Member must have length less than or equal to 512';
      throw validationError(
        parameters,
        'parameters',
        `Map value must satisfy constraint: [Member must satisfy constraint: [${constraint}]]`,
      );
    }
  }
}

const uuidPattern = /^[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{12}$/;

const sorted = (parameters: Record<string, string[]>) =>
  Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
