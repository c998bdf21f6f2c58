import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod/mini';
import { Defect } from '../errors.ts';
import type { Deps } from './deps.ts';

const text = z.string().check(z.minLength(1));

/** The environment of every function, as serverless.yml sets it. */
const environmentSchema = z.object({
  AWS_REGION: text,
  INSTANCE_PROFILE: text,
  SECURITY_GROUP: text,
  /** Ids, separated by commas. */
  SUBNETS: text,
  BUILD_DOCUMENT_LINUX: text,
  BUILD_DOCUMENT_WINDOWS: text,
  CHECK_DOCUMENT_LINUX: text,
  CHECK_DOCUMENT_WINDOWS: text,
  APPROVAL_DOCUMENT: text,
  /** Empty: Automation uses the caller's permissions. */
  AUTOMATION_ROLE: z.string(),
  TABLE: text,
  STATE_MACHINE: text,
  CHANNELS_MACHINE: text,
  TOPIC: text,
});

let created: Deps | undefined;

/** The dependencies in Lambda, from the environment. They are created once, so that a warm function keeps its connections. */
export function lambdaDeps(): Deps {
  created ??= fromEnvironment();
  return created;
}

function fromEnvironment(): Deps {
  const result = environmentSchema.safeParse(process.env);
  if (!result.success) {
    const names = result.error.issues.map(({ path }) => path.join('.'));
    throw new Defect(`The function's environment is missing ${names.join(', ')}: serverless.yml must set it`);
  }
  const environment = result.data;
  return {
    now: () => new Date(),
    log: new Logger({ serviceName: 'golden-image' }) as Deps['log'],
    settings: {
      region: environment.AWS_REGION,
      instanceProfile: environment.INSTANCE_PROFILE,
      securityGroup: environment.SECURITY_GROUP,
      subnets: environment.SUBNETS.split(','),
      buildDocuments: {
        linux: environment.BUILD_DOCUMENT_LINUX,
        windows: environment.BUILD_DOCUMENT_WINDOWS,
      },
      checkDocuments: {
        linux: environment.CHECK_DOCUMENT_LINUX,
        windows: environment.CHECK_DOCUMENT_WINDOWS,
      },
      approvalDocument: environment.APPROVAL_DOCUMENT,
      automationRole: environment.AUTOMATION_ROLE,
      table: environment.TABLE,
      stateMachine: environment.STATE_MACHINE,
      channelsMachine: environment.CHANNELS_MACHINE,
      topic: environment.TOPIC,
    },
  };
}
