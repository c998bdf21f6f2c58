import type { CreateDocumentCommandInput, CreateDocumentCommandOutput } from '@aws-sdk/client-ssm';
import { AwsError, notEmulated } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { documentName, tagList, versionName } from './constraints.ts';
import { description } from './describe-document.ts';
import { readContent } from './document-content.ts';
import { documentId } from './documents.ts';
import type { DocumentRecord } from './records.ts';
import { tagsFrom } from './tagging.ts';

/** The members that describe a version, in addition to its content. */
export const aboutVersion = {
  DisplayName: { length: [0, 1024], pattern: /^[\w.\-:/ ]*$/ },
  VersionName: versionName,
  DocumentFormat: { oneOf: ['YAML', 'JSON', 'TEXT'] },
  TargetType: { length: [0, 200], pattern: /^\/[\w.\-:/]*$/ },
} as const;

export const createDocument: Operation<CreateDocumentCommandInput, CreateDocumentCommandOutput> = {
  kind: 'write',
  accepts: [
    'Content',
    'DisplayName',
    'DocumentFormat',
    'DocumentType',
    'Name',
    'Tags.Key',
    'Tags.Value',
    'TargetType',
    'VersionName',
  ],
  run: (input, { world, account, region, now }) => {
    check(input, {
      Content: { required: true, length: [1, Number.POSITIVE_INFINITY] },
      Name: { required: true, ...documentName },
      DocumentType: { oneOf: documentTypes },
      Tags: tagList,
      ...aboutVersion,
    });
    const { Name: name = '', DocumentType = 'Command', VersionName, DisplayName, TargetType } = input;
    if (/^(aws|amazon|amzn)/i.test(name)) {
      throw new AwsError(
        'ValidationException',
        `The document name ${name} is not valid: names that begin with aws, amazon or amzn are reserved.`,
      );
    }
    if (!isEmulated(DocumentType)) {
      throw notEmulated(`ssm:CreateDocument with DocumentType ${DocumentType}`);
    }
    const version = readContent(input.Content ?? '', input.DocumentFormat ?? 'JSON', DocumentType, now);
    const id = documentId(account, region, name);
    if (world.documents.get(id) !== undefined) {
      throw new AwsError('DocumentAlreadyExists', `Document with same name ${name} already exists`);
    }
    const own = world.documents.all().filter((one) => one.account === account && one.region === region);
    if (own.length >= documentsMax) {
      throw new AwsError('DocumentLimitExceeded', `You can have at most ${documentsMax} SSM documents.`);
    }
    const document: DocumentRecord = {
      id,
      account,
      region,
      name,
      documentType: DocumentType,
      defaultVersion: 1,
      latestVersion: 1,
      versions: [
        {
          version: 1,
          ...version,
          ...(VersionName === undefined ? {} : { versionName: VersionName }),
          ...(DisplayName === undefined ? {} : { displayName: DisplayName }),
          ...(TargetType === undefined ? {} : { targetType: TargetType }),
        },
      ],
      sharedWith: [],
      tags: tagsFrom(input.Tags ?? []),
    };
    world.documents.put(document, now, 0);
    // This response says Creating. The document is Active immediately afterwards.
    return { DocumentDescription: { ...description(document), Status: 'Creating' } };
  },
};

const isEmulated = (type: string): type is DocumentRecord['documentType'] =>
  ['Automation', 'ChangeCalendar', 'Command'].includes(type);

/** AWS General Reference, Systems Manager endpoints and quotas. */
const documentsMax = 500;

const documentTypes = [
  'Command',
  'Policy',
  'Automation',
  'Session',
  'Package',
  'ApplicationConfiguration',
  'ApplicationConfigurationSchema',
  'DeploymentStrategy',
  'ChangeCalendar',
  'Automation.ChangeTemplate',
  'ProblemAnalysis',
  'ProblemAnalysisTemplate',
  'CloudFormation',
  'ConformancePackTemplate',
  'QuickSetup',
  'ManualApprovalPolicy',
  'AutoApprovalPolicy',
];
