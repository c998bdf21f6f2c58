import { AwsError } from '../core/errors.ts';
import type { World } from '../core/world.ts';
import { awsDocuments } from './aws-documents.ts';
import type { DocumentRecord, DocumentVersionRecord } from './records.ts';
import { asText, type Fields, fieldsOf, listOf } from './shape.ts';

export function documentId(account: string, region: string, name: string): string {
  return `${account}/${region}/${name}`;
}

/**
 * A document of AWS, of the account in the region, or (by ARN) of another account that shares it.
 */
export function findDocument(
  world: World,
  { account, region }: { account: string; region: string },
  name: string,
): DocumentRecord | undefined {
  const [, inRegion, owner, bare] = /^arn:aws:ssm:([^:]*):([^:]*):document\/(.+)$/.exec(name) ?? [];
  if (bare === undefined)
    return awsDocuments.get(name) ?? world.documents.get(documentId(account, region, name));
  if (inRegion !== region) return undefined;
  if (owner === '') return awsDocuments.get(bare);
  const document = world.documents.get(documentId(owner ?? '', region, bare));
  return document !== undefined && mayUse(document, account) ? document : undefined;
}

const mayUse = ({ account: owner, sharedWith }: DocumentRecord, account: string) =>
  owner === account || sharedWith.some((share) => share.account === account || share.account === 'all');

/** Finds a document, or refuses the call. */
export function requireDocument(
  world: World,
  place: { account: string; region: string },
  name: string,
): DocumentRecord {
  const document = findDocument(world, place, name);
  if (document === undefined) throw noDocument(name);
  return document;
}

/** Finds a document of the caller that may be changed. */
export function ownDocument(
  world: World,
  { account, region }: { account: string; region: string },
  name: string,
): DocumentRecord {
  const document = world.documents.get(documentId(account, region, name));
  if (document !== undefined) return document;
  if (awsDocuments.has(name)) {
    throw new AwsError('InvalidDocumentOperation', `You can't change a document that AWS owns: ${name}`);
  }
  throw noDocument(name);
}

/**
 * The requested version of a document: `$DEFAULT` (the default), `$LATEST`, a version number, or a
 * version name.
 */
export function versionOf(
  document: DocumentRecord,
  wanted: string | undefined,
  versionName?: string,
): DocumentVersionRecord {
  const number =
    wanted === '$LATEST'
      ? document.latestVersion
      : wanted === undefined || wanted === '$DEFAULT'
        ? document.defaultVersion
        : Number(wanted);
  const version = document.versions.find((candidate) =>
    versionName !== undefined && wanted === undefined
      ? candidate.versionName === versionName
      : candidate.version === number && (versionName === undefined || candidate.versionName === versionName),
  );
  if (version === undefined) throw noVersion();
  return version;
}

export const noVersion = () =>
  new AwsError('InvalidDocumentVersion', 'The document version is not valid or does not exist.');

export function noDocument(name: string): AwsError {
  return new AwsError('InvalidDocument', `Document with name ${name} does not exist.`);
}

/** A step of a document: from the mainSteps of a Command document or of an Automation document. */
export interface DocumentStep {
  readonly name: string;
  readonly action: string;
  readonly inputs: Fields;
  /** All other members of the step. */
  readonly fields: Fields;
}

export function stepsOf(content: unknown): DocumentStep[] {
  return listOf(fieldsOf(content).mainSteps).map((step) => {
    const fields = fieldsOf(step);
    return {
      name: asText(fields.name) ?? '',
      action: asText(fields.action) ?? '',
      inputs: fieldsOf(fields.inputs),
      fields,
    };
  });
}

export interface DocumentParameter {
  readonly type: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly allowedValues?: readonly unknown[];
  readonly allowedPattern?: string;
}

export function parametersOf(content: unknown): Record<string, DocumentParameter> {
  return Object.fromEntries(
    Object.entries(fieldsOf(fieldsOf(content).parameters)).map(([name, value]) => {
      const { type, description, default: defaultValue, allowedValues, allowedPattern } = fieldsOf(value);
      return [
        name,
        {
          type: asText(type) ?? 'String',
          ...(typeof description === 'string' && { description }),
          ...(defaultValue !== undefined && { default: defaultValue }),
          ...(allowedValues !== undefined && { allowedValues: listOf(allowedValues) }),
          ...(typeof allowedPattern === 'string' && { allowedPattern }),
        },
      ];
    }),
  );
}

/**
 * The values of a document's parameters: the given values (as lists of strings) or the defaults.
 * Throws the error that `refuse` creates for an unknown parameter, a missing parameter, or a value
 * that is not allowed.
 */
export function valuesOf(
  content: unknown,
  given: Readonly<Record<string, readonly string[]>>,
  refuse: (what: string) => AwsError,
): Record<string, unknown> {
  const declared = parametersOf(content);
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(declared, name));
  if (unknown.length > 0) {
    throw refuse(`Parameters [${unknown.join(', ')}] are not defined in the document.`);
  }
  return Object.fromEntries(
    Object.entries(declared).map(([name, parameter]) => {
      const texts = given[name];
      if (texts === undefined) {
        if (parameter.default === undefined) throw refuse(`Parameter ${name} is required but not provided.`);
        return [name, parameter.default];
      }
      const isList = parameter.type.endsWith('List') || parameter.type.startsWith('List<');
      for (const text of texts) {
        const { allowedValues, allowedPattern } = parameter;
        if (allowedValues !== undefined && !allowedValues.map(String).includes(text)) {
          throw refuse(
            `Parameter ${name} has the value ${text}, which is not one of [${allowedValues.join(', ')}].`,
          );
        }
        if (allowedPattern !== undefined && !new RegExp(allowedPattern).test(text)) {
          throw refuse(`Parameter ${name} has the value ${text}, which does not match ${allowedPattern}.`);
        }
      }
      if (!isList && texts.length !== 1) {
        throw refuse(`Parameter ${name} is of type ${parameter.type} and takes one value.`);
      }
      return [name, isList ? [...texts] : texts[0]];
    }),
  );
}
