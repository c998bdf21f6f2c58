import { AwsError } from '../errors.ts';
import type { DocumentRecord } from '../records.ts';
import type { World } from '../world.ts';
import { awsDocuments } from './aws-documents.ts';
import { asText, type Fields, fieldsOf, listOf } from './shape.ts';

export function documentId(account: string, region: string, name: string): string {
  return `${account}/${region}/${name}`;
}

/** A document of AWS's, or of the account in the region. */
export function findDocument(
  world: World,
  { account, region }: { account: string; region: string },
  name: string,
): DocumentRecord | undefined {
  return awsDocuments.get(name) ?? world.documents.get(documentId(account, region, name));
}

/** Versions are not kept: a document is created once and never updated, so that it has one. */
export function requireVersion(document: DocumentRecord, wanted: string | undefined): void {
  const known = [undefined, '$DEFAULT', '$LATEST', String(document.version)];
  if (known.includes(wanted)) return;
  throw new AwsError(
    'InvalidDocumentVersion',
    `The document version ${wanted} of ${document.name} is not valid or does not exist.`,
  );
}

export function noDocument(name: string): AwsError {
  return new AwsError('InvalidDocument', `Document with name ${name} does not exist.`);
}

/** A step as a document has it: of a Command document's mainSteps, or of an Automation's. */
export interface DocumentStep {
  readonly name: string;
  readonly action: string;
  readonly inputs: Fields;
  /** Everything else that the step says. */
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
  readonly default?: unknown;
  readonly allowedValues?: readonly unknown[];
  readonly allowedPattern?: string;
}

export function parametersOf(content: unknown): Record<string, DocumentParameter> {
  return Object.fromEntries(
    Object.entries(fieldsOf(fieldsOf(content).parameters)).map(([name, value]) => {
      const { type, default: usual, allowedValues, allowedPattern } = fieldsOf(value);
      return [
        name,
        {
          type: asText(type) ?? 'String',
          ...(usual !== undefined && { default: usual }),
          ...(allowedValues !== undefined && { allowedValues: listOf(allowedValues) }),
          ...(typeof allowedPattern === 'string' && { allowedPattern }),
        },
      ];
    }),
  );
}

/**
 * What a document's parameters stand for: values as the API carries them (lists of texts), or the defaults. Throws what `refuse`
 * makes of a parameter that the document does not have, that is missing, or whose value it does not allow.
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
