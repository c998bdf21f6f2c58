import type {
  DocumentIdentifier,
  DocumentKeyValuesFilter,
  ListDocumentsCommandInput,
  ListDocumentsCommandOutput,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { awsDocuments } from './aws-documents.ts';
import { platformsOf } from './describe-document.ts';
import { versionOf } from './documents.ts';
import { page } from './paging.ts';
import type { DocumentRecord } from './records.ts';
import { invalidFilterKey } from './refusals.ts';
import { asText, fieldsOf } from './shape.ts';
import { tagList } from './tagging.ts';

type DocumentTest = (document: DocumentRecord) => boolean;

/** Lists AWS's documents, the caller's documents, and documents that are shared with the caller. */
export const listDocuments: Operation<ListDocumentsCommandInput, ListDocumentsCommandOutput> = {
  kind: 'read',
  accepts: [
    'DocumentFilterList.key',
    'DocumentFilterList.value',
    'Filters.Key',
    'Filters.Values',
    'MaxResults',
    'NextToken',
  ],
  run: (input, { world, account, region }) => {
    check(input, {
      Filters: {
        length: [0, 6],
        members: { Key: { length: [1, 128] }, Values: { each: { length: [1, 256] } } },
      },
    });
    if (input.DocumentFilterList !== undefined) {
      throw new AwsError('ValidationException', 'DocumentFilterList is deprecated. Instead use Filters.');
    }
    const tests = (input.Filters ?? []).map((filter) => testOf(filter, account));
    const visible = world.documents
      .all()
      .filter((document) => document.region === region)
      .filter(
        ({ account: owner, sharedWith }) =>
          owner === account ||
          sharedWith.some((share) => share.account === account || share.account === 'all'),
      );
    const documents = [...awsDocuments.values(), ...visible]
      .filter((document) => tests.every((passes) => passes(document)))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, ...rest } = page(documents, input, { least: 1, most: 50, defaultSize: 50 });
    return { DocumentIdentifiers: items.map((document) => identifierOf(document, account)), ...rest };
  },
};

function testOf({ Key = '', Values = [] }: DocumentKeyValuesFilter, account: string): DocumentTest {
  if (Key.startsWith('tag:')) {
    return ({ tags }) => {
      const value = tags[Key.slice('tag:'.length)];
      return value !== undefined && (Values.length === 0 || Values.includes(value));
    };
  }
  switch (Key) {
    case 'Name':
      return ({ name }) => Values.some((prefix) => name.startsWith(prefix));
    case 'Owner':
      if (Values.length !== 1) {
        throw new AwsError('ValidationException', 'Owner filter can only have one value.');
      }
      return ownerTest(Values[0] ?? '', account);
    case 'DocumentType':
      return ({ documentType }) => Values.includes(documentType);
    case 'PlatformTypes':
      return (document) =>
        platformsOf(versionOf(document, undefined)).some((platform) => Values.includes(platform));
    case 'TargetType':
      return (document) => Values.includes(versionOf(document, undefined).targetType ?? '');
    default:
      throw invalidFilterKey();
  }
}

function ownerTest(owner: string, account: string): DocumentTest {
  switch (owner) {
    case 'Amazon':
      return (document) => document.account === 'Amazon';
    case 'Self':
      return (document) => document.account === account;
    case 'Public':
      return ({ sharedWith }) => sharedWith.some((share) => share.account === 'all');
    case 'Private':
      return (document) =>
        document.account !== account && document.sharedWith.some((share) => share.account === account);
    case 'All':
      return () => true;
    case 'ThirdParty':
      return () => false;
    default:
      return (document) => document.account === owner;
  }
}

/** A document of another account has its ARN as name. */
function identifierOf(document: DocumentRecord, account: string): DocumentIdentifier {
  const version = versionOf(document, undefined);
  const foreign = document.account !== account && document.account !== 'Amazon';
  return {
    Name: foreign
      ? `arn:aws:ssm:${document.region}:${document.account}:document/${document.name}`
      : document.name,
    CreatedDate: new Date(version.createdDate),
    ...(version.displayName === undefined ? {} : { DisplayName: version.displayName }),
    Owner: document.account,
    ...(version.versionName === undefined ? {} : { VersionName: version.versionName }),
    PlatformTypes: platformsOf(version),
    DocumentVersion: String(version.version),
    DocumentType: document.documentType,
    SchemaVersion: asText(fieldsOf(version.content).schemaVersion) ?? '',
    DocumentFormat: version.format,
    ...(version.targetType === undefined ? {} : { TargetType: version.targetType }),
    Tags: tagList(document.tags),
  };
}
