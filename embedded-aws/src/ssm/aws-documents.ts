import { createHash } from 'node:crypto';
import type { DocumentRecord } from './records.ts';

/**
 * The emulated AWS documents. These documents exist in every account and region. The embedded AWS does not
 * contain AWS's scripts. `embedded:patch` and the agent's plugins apply the effects of the scripts to a
 * guest.
 */
const contents = {
  'AWS-RunShellScript': {
    schemaVersion: '2.2',
    description: 'Run a shell script or specify the commands to run.',
    parameters: {
      commands: { type: 'StringList', description: '(Required) Specify a shell script or a command to run.' },
      workingDirectory: { type: 'String', default: '' },
      executionTimeout: { type: 'String', default: '3600' },
    },
    mainSteps: [
      {
        action: 'aws:runShellScript',
        name: 'aws:runShellScript',
        inputs: {
          runCommand: ['{{ commands }}'],
          workingDirectory: '{{ workingDirectory }}',
          timeoutSeconds: '{{ executionTimeout }}',
        },
      },
    ],
  },
  'AWS-RunPowerShellScript': {
    schemaVersion: '2.2',
    description: 'Run a PowerShell script or specify the paths to scripts to run.',
    parameters: {
      commands: { type: 'StringList', description: '(Required) Specify the commands to run.' },
      workingDirectory: { type: 'String', default: '' },
      executionTimeout: { type: 'String', default: '3600' },
    },
    mainSteps: [
      {
        action: 'aws:runPowerShellScript',
        name: 'aws:runPowerShellScript',
        inputs: {
          runCommand: ['{{ commands }}'],
          workingDirectory: '{{ workingDirectory }}',
          timeoutSeconds: '{{ executionTimeout }}',
        },
      },
    ],
  },
  'AWS-RunPatchBaseline': {
    schemaVersion: '2.2',
    description:
      'Scans for or installs patches from a patch baseline to a Linux or Windows operating system.',
    parameters: {
      Operation: { type: 'String', allowedValues: ['Scan', 'Install'] },
      SnapshotId: { type: 'String', default: '' },
      RebootOption: {
        type: 'String',
        default: 'RebootIfNeeded',
        allowedValues: ['RebootIfNeeded', 'NoReboot'],
      },
    },
    mainSteps: [
      {
        action: 'embedded:patch',
        name: 'PatchWindows',
        precondition: { StringEquals: ['platformType', 'Windows'] },
        inputs: patchInputs(),
      },
      {
        action: 'embedded:patch',
        name: 'PatchLinux',
        precondition: { StringEquals: ['platformType', 'Linux'] },
        inputs: patchInputs(),
      },
    ],
  },
  'AWS-ConfigureAWSPackage': {
    schemaVersion: '2.2',
    description: 'Install or uninstall a Distributor package.',
    parameters: {
      action: { type: 'String', allowedValues: ['Install', 'Uninstall'] },
      installationType: {
        type: 'String',
        default: 'Uninstall and reinstall',
        allowedValues: ['Uninstall and reinstall', 'In-place update'],
      },
      name: { type: 'String' },
      version: { type: 'String', default: '' },
      additionalArguments: { type: 'String', default: '{}' },
    },
    mainSteps: [
      {
        action: 'aws:configurePackage',
        name: 'configurePackage',
        inputs: {
          name: '{{ name }}',
          action: '{{ action }}',
          version: '{{ version }}',
          installationType: '{{ installationType }}',
        },
      },
    ],
  },
  'AWS-RunDocument': {
    schemaVersion: '2.2',
    description: 'Execute composite or nested Systems Manager documents (SSM documents).',
    parameters: {
      sourceType: { type: 'String', allowedValues: ['SSMDocument'] },
      sourceInfo: { type: 'StringMap', default: {} },
      documentParameters: { type: 'StringMap', default: {} },
    },
    mainSteps: [
      {
        action: 'aws:runDocument',
        name: 'runDocument',
        inputs: {
          documentType: '{{ sourceType }}',
          documentPath: '{{ sourceInfo }}',
          documentParameters: '{{ documentParameters }}',
        },
      },
    ],
  },
} as const;

/** AWS's patch document has a timeout of two hours for its script. */
function patchInputs() {
  return {
    Operation: '{{ Operation }}',
    RebootOption: '{{ RebootOption }}',
    SnapshotId: '{{ SnapshotId }}',
    timeoutSeconds: 7200,
  } as const;
}

const createdDate = Date.UTC(2018, 0, 1);

export const awsDocuments: ReadonlyMap<string, DocumentRecord> = new Map(
  Object.entries(contents).map(([name, content]) => {
    const text = JSON.stringify(content, null, 2);
    const hash = createHash('sha256').update(text).digest('hex');
    const record: DocumentRecord = {
      id: `//${name}`,
      account: 'Amazon',
      region: '',
      name,
      documentType: 'Command',
      defaultVersion: 1,
      latestVersion: 1,
      versions: [{ version: 1, content, text, format: 'JSON', hash, createdDate }],
      sharedWith: [],
      tags: {},
    };
    return [name, record];
  }),
);
