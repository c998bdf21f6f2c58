import { AwsError } from '../../core/errors.ts';
import { isDeeperThan, jsonLevelsMax } from '../../core/nesting.ts';
import type { World } from '../../core/world.ts';
import { type DocumentStep, findDocument, stepsOf, valuesOf, versionOf } from '../documents.ts';
import type { CommandTaskRecord } from '../records.ts';
import { asNumber, asText, type Fields, fieldsOf, isFields, listOf } from '../shape.ts';
import { substitute } from '../substitution.ts';

/**
 * The emulated plugins of the SSM agent. `embedded:patch` represents the scripts of
 * AWS-RunPatchBaseline.
 */
export const plugins = [
  'aws:runShellScript',
  'aws:runPowerShellScript',
  'aws:runDocument',
  'aws:configurePackage',
] as const;

/** The agent refuses documents that are nested more deeply. */
const DEPTH_MAX = 3;

interface Place {
  readonly account: string;
  readonly region: string;
}

/**
 * The tasks of a Command document on a guest, in order. For a step with aws:runDocument, the steps
 * of the inner document replace the step and write to the step's output.
 */
export function tasksOf(
  world: World,
  place: Place,
  documentName: string,
  content: unknown,
  values: Fields,
): CommandTaskRecord[] {
  return stepsOf(content).flatMap((step, plugin) =>
    tasksOfStep(world, place, documentName, step, values, plugin, 1),
  );
}

function tasksOfStep(
  world: World,
  place: Place,
  document: string,
  step: DocumentStep,
  values: Fields,
  plugin: number,
  depth: number,
): CommandTaskRecord[] {
  const inputs = fieldsOf(substitute(step.inputs, (name) => values[name]));
  const own: CommandTaskRecord = {
    plugin,
    document,
    step: step.name,
    action: step.action,
    inputs,
    timeoutSeconds: asNumber(inputs.timeoutSeconds) ?? 3600,
    platforms: platformsOf(step),
  };
  if (step.action !== 'aws:runDocument') return [own];
  const inner = innerDocument(inputs);
  const found = inner && findDocument(world, place, inner.name);
  const refused = (reason: string): CommandTaskRecord[] => [
    { ...own, inputs: { ...inputs, refused: reason } },
  ];
  if (inner === undefined || found === undefined || found.documentType !== 'Command') {
    return refused(`failed to fetch the document: Document with name ${inner?.name ?? ''} does not exist.`);
  }
  if (depth >= DEPTH_MAX) return refused(`Maximum document execution depth of ${DEPTH_MAX} exceeded`);
  try {
    const { content } = versionOf(found, inner.version);
    const innerValues = valuesOf(
      content,
      inner.parameters,
      (what) => new AwsError('InvalidParameters', what),
    );
    return stepsOf(content).flatMap((innerStep) =>
      tasksOfStep(world, place, found.name, innerStep, innerValues, plugin, depth + 1).map((task) => ({
        ...task,
        outer: inputs,
        platforms: [...own.platforms, ...task.platforms],
      })),
    );
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return refused(error.message);
  }
}

/** `{ StringEquals: [platformType, Linux] }` is the only emulated precondition. */
function platformsOf({ fields: { precondition } }: DocumentStep): string[] {
  const [first, second] = listOf(fieldsOf(precondition).StringEquals);
  const platform = first === 'platformType' ? second : second === 'platformType' ? first : undefined;
  return typeof platform === 'string' ? [platform] : [];
}

function innerDocument(
  inputs: Fields,
): { name: string; version: string | undefined; parameters: Record<string, readonly string[]> } | undefined {
  const path = parsed(inputs.documentPath);
  // In AWS-RunDocument, the path is the object `sourceInfo`, which contains the name.
  const named = isFields(path) ? asText(path.name) : asText(path);
  // A version follows the name after a colon (Systems Manager user guide, aws:runDocument).
  const [, name, version] = /^(arn:[^/]*\/[^:]+|[^:]+)(?::(.+))?$/.exec(named ?? '') ?? [];
  if (name === undefined || name === '' || inputs.documentType !== 'SSMDocument') return undefined;
  const parameters = Object.entries(fieldsOf(parsed(inputs.documentParameters))).map(([key, value]) => [
    key,
    Array.isArray(value) ? value.map(String) : [asText(value) ?? JSON.stringify(value)],
  ]);
  return { name, version, parameters: Object.fromEntries(parameters) };
}

/** Parses JSON text. The agent accepts parameters as JSON text. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || !value.trim().startsWith('{')) return value;
  try {
    const inner: unknown = JSON.parse(value);
    return isDeeperThan(inner, jsonLevelsMax) ? value : inner;
  } catch {
    return value;
  }
}
