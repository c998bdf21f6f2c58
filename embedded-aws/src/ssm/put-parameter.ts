import type { PutParameterCommandInput, PutParameterCommandOutput } from '@aws-sdk/client-ssm';
import { AwsError, notEmulated } from '../core/errors.ts';
import { uuid } from '../core/random.ts';
import type { Call, Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { count, lagMs, schedule } from '../core/world.ts';
import { callerOf } from '../sts/callers.ts';
import { parameterName, tagList } from './constraints.ts';
import { drawSeconds } from './latency.ts';
import { parameterId, writableName } from './parameter-names.ts';
import { emitChange, versionsOf, withVersions } from './parameters.ts';
import type { ParameterRecord, ParameterVersionRecord } from './records.ts';
import { checkSecureKey, managedKey } from './secure-key.ts';
import { tagsFrom } from './tagging.ts';

const types = ['SecureString', 'StringList', 'String'] as const;
const tiers = ['Standard', 'Advanced', 'Intelligent-Tiering'] as const;

export const putParameter: Operation<PutParameterCommandInput, PutParameterCommandOutput> = {
  kind: 'write',
  accepts: [
    'AllowedPattern',
    'DataType',
    'Description',
    'KeyId',
    'Name',
    'Overwrite',
    'Tags.Key',
    'Tags.Value',
    'Tier',
    'Type',
    'Value',
  ],
  run: (input, call) => {
    check(input, {
      Name: { required: true, ...parameterName },
      Description: { length: [0, 1024] },
      Value: { required: true, length: [1, Number.POSITIVE_INFINITY] },
      Type: { oneOf: types },
      KeyId: { length: [1, 256], pattern: /^([a-zA-Z0-9:/_-]+)$/ },
      AllowedPattern: { length: [0, 1024] },
      Tags: tagList,
      Tier: { oneOf: tiers },
      DataType: { length: [0, 128] },
    });
    const { world, account, region, now } = call;
    const { Overwrite = false, Tags = [] } = input;
    const name = writableName(input.Name ?? '', call);
    const id = parameterId(account, region, name);
    const before = world.parameters.get(id);
    if (Overwrite && Tags.length > 0) {
      throw new AwsError(
        'ValidationException',
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite " +
          'flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.',
      );
    }
    const tags = tagsFrom(Tags);
    if (before !== undefined && !Overwrite) {
      throw new AwsError(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    }
    const content = contentOf(input, call, before);
    checkRoom(call, name, before);
    const Tier = content.tier ?? 'Standard';
    if (content.dataType === 'aws:ec2:image') {
      const draftId = uuid(world.seed, 'parameter draft', count(world, 'parameter draft'));
      world.parameterDrafts.put(
        { id: draftId, account, region, parameterId: id, name, content, tags },
        now,
        0,
      );
      const seconds = drawSeconds(world.seed, 'parameter.validation', draftId);
      schedule(world, 'ssm.parameter-validated', draftId, now + seconds * 1000);
      return { Version: content.version, Tier };
    }
    world.parameters.put(
      withNewest(before ?? { id, account, region, name, tags }, content),
      now,
      lagMs(world, id),
    );
    emitChange(world, { account, region, name }, content, before === undefined ? 'Create' : 'Update', now);
    return { Version: content.version, Tier };
  },
};

/** Adds a version to a parameter. With more than 100 versions, the oldest version is deleted. */
export function withNewest(
  parameter: ParameterRecord | Parameters<typeof withVersions>[0],
  content: ParameterVersionRecord,
): ParameterRecord {
  const before = 'version' in parameter ? versionsOf(parameter) : [];
  const versions = [...before, content].toSorted((a, b) => a.version - b.version);
  return withVersions(parameter, versions.slice(-versionsMax));
}

const versionsMax = 100;

/**
 * The content of a new version. Members that the request does not set are copied from the previous
 * version.
 */
function contentOf(
  input: PutParameterCommandInput,
  call: Call,
  before: ParameterRecord | undefined,
): ParameterVersionRecord {
  const {
    Value: value = '',
    Type: type = before?.type,
    DataType: dataType = before?.dataType ?? 'text',
  } = input;
  if (type === undefined) throw invalid('A parameter type is required when you create a parameter.');
  if (before !== undefined && type !== before.type) {
    throw new AwsError(
      'HierarchyTypeMismatchException',
      "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change a parameter from " +
        'a String type to a SecureString type. You must create a new, unique parameter.',
    );
  }
  if (!['text', 'aws:ec2:image'].includes(dataType)) {
    if (otherDataTypes.includes(dataType)) throw notEmulated(`ssm:PutParameter with DataType ${dataType}`);
    throw invalid(
      `The following data type is not supported: ${dataType} (Data type names are all lowercase.)`,
    );
  }
  if (dataType === 'aws:ec2:image' && type !== 'String') {
    throw invalid(`The data type ${dataType} is supported for parameters of the type String only.`);
  }
  if (/\{\{.*\}\}/s.test(value)) {
    throw invalid('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.');
  }
  if (input.KeyId !== undefined && type !== 'SecureString') {
    throw invalid('KeyId is required for SecureString type parameter only.');
  }
  const keyId = type === 'SecureString' ? (input.KeyId ?? before?.keyId ?? managedKey) : undefined;
  if (keyId !== undefined) checkSecureKey(call, keyId, 'Encrypt');
  const allowedPattern = input.AllowedPattern ?? before?.allowedPattern;
  checkPattern(value, allowedPattern);
  const description = input.Description ?? before?.description;
  const tier = tierOf(input.Tier, value, before);
  const { world } = call;
  const id = parameterId(call.account, call.region, (input.Name ?? '').trim());
  const drafted = world.parameterDrafts.all().filter((draft) => draft.parameterId === id);
  const version = Math.max(before?.version ?? 0, ...drafted.map(({ content }) => content.version)) + 1;
  return {
    type,
    dataType,
    value,
    version,
    lastModified: call.now,
    lastModifiedBy: callerOf(call).arn,
    ...(tier === 'Advanced' ? { tier } : {}),
    ...(description === undefined ? {} : { description }),
    ...(keyId === undefined ? {} : { keyId }),
    ...(allowedPattern === undefined || allowedPattern === '' ? {} : { allowedPattern }),
  };
}

/** Other data types of AWS. */
const otherDataTypes: readonly string[] = [
  'aws:ssm:integration',
  'aws:region',
  'aws:account:id',
  'boolean',
  'integer',
  'float',
  'binary',
  'hostname',
  'email',
  'ipv4-address',
  'ipv6-address',
  'url',
  'json',
  'jsonc',
];

function checkPattern(value: string, pattern: string | undefined): void {
  if (pattern === undefined || pattern === '') return;
  let expression: RegExp;
  try {
    expression = new RegExp(`^(?:${pattern})$`, 's');
  } catch {
    throw new AwsError(
      'InvalidAllowedPatternException',
      "The request doesn't meet the regular expression requirement.",
    );
  }
  if (expression.test(value)) return;
  throw new AwsError(
    'ParameterPatternMismatchException',
    `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
  );
}

const standardBytesMax = 4096;
const advancedBytesMax = 8192;
const tierGuide =
  'For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html';

function tierOf(
  given: PutParameterCommandInput['Tier'],
  value: string,
  before: ParameterRecord | undefined,
): 'Standard' | 'Advanced' {
  const bytes = Buffer.byteLength(value);
  if (given === 'Standard' && before?.tier === 'Advanced') {
    throw invalid(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the " +
        'standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter. ' +
        'Be aware that deleting the advanced parameter deletes any policies attached to it.',
    );
  }
  const fits = bytes <= standardBytesMax;
  const tier =
    given === 'Advanced' || before?.tier === 'Advanced' || (given === 'Intelligent-Tiering' && !fits)
      ? 'Advanced'
      : 'Standard';
  if (tier === 'Standard' && !fits) {
    throw invalid(
      `Standard tier parameters support a maximum parameter value of ${standardBytesMax} characters. To create a larger parameter ` +
        `value, upgrade the parameter to use the advanced-parameter tier. ${tierGuide}`,
    );
  }
  if (bytes > advancedBytesMax) {
    throw invalid(
      `Advanced tier parameters support a maximum parameter value of ${advancedBytesMax} characters. ${tierGuide}`,
    );
  }
  return tier;
}

const parametersMax = 10_000;

/**
 * Refuses a new version if the oldest of 100 versions has a label. Refuses a new parameter above
 * the quota.
 */
function checkRoom(
  { world, account, region }: Call,
  name: string,
  before: ParameterRecord | undefined,
): void {
  if (before === undefined) {
    const own = world.parameters.all().filter((one) => one.account === account && one.region === region);
    if (own.length < parametersMax) return;
    throw new AwsError(
      'ParameterLimitExceeded',
      'You have exceeded the number of parameters for this Amazon Web Services account. Delete one or more parameters and try again.',
    );
  }
  const versions = versionsOf(before);
  const [oldest] = versions;
  if (versions.length < versionsMax || oldest?.labels === undefined || oldest.labels.length === 0) return;
  throw new AwsError(
    'ParameterMaxVersionLimitExceeded',
    `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ` +
      `${oldest.version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to ` +
      'another version of the parameter, and try again.',
  );
}

const invalid = (message: string) => new AwsError('ValidationException', message);
