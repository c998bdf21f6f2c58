import * as autoScaling from '@aws-sdk/client-auto-scaling';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as ec2 from '@aws-sdk/client-ec2';
import * as eventbridge from '@aws-sdk/client-eventbridge';
import * as inspector2 from '@aws-sdk/client-inspector2';
import * as kms from '@aws-sdk/client-kms';
import * as lambda from '@aws-sdk/client-lambda';
import * as scheduler from '@aws-sdk/client-scheduler';
import * as sfn from '@aws-sdk/client-sfn';
import * as sns from '@aws-sdk/client-sns';
import * as sqs from '@aws-sdk/client-sqs';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import { NormalizedSchema } from '@smithy/core/schema';
import type { StaticErrorSchema, StaticOperationSchema } from '@smithy/types';

/** A service's wire format, from its SDK package: protocol, names, and the schemas of its operations. */
export interface ServiceModel {
  /** The SDK's service id in lower case, which is also the service's name in the embedded AWS. */
  readonly name: string;
  /** The service's name in the scope of a signature. */
  readonly signingName: string;
  readonly protocol: ProtocolName;
  readonly version: string;
  readonly xmlNamespace: string;
  /**
   * Whether the service used AWS query before, and still returns the old error codes together with the new names.
   */
  readonly queryCompatible: boolean;
  /** The prefix of the operation in `X-Amz-Target`. */
  readonly target: string;
  readonly operations: ReadonlyMap<string, OperationModel>;
  /** The modelled errors, by name. */
  readonly errors: ReadonlyMap<string, NormalizedSchema>;
}

export interface OperationModel {
  readonly name: string;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
  /** Method, path template and status of an operation with an HTTP binding. */
  readonly http?: readonly [method: string, path: string, status: number];
}

export type ProtocolName = 'ec2Query' | 'awsQuery' | 'awsJson1_0' | 'awsJson1_1' | 'restJson1';

/** The first item of the SDK's schemas, by what they describe. */
const OPERATION = 9;
const ERROR = -3;

export const models: readonly ServiceModel[] = [
  model(autoScaling, new autoScaling.AutoScalingClient()),
  model(dynamodb, new dynamodb.DynamoDBClient()),
  model(ec2, new ec2.EC2Client()),
  model(eventbridge, new eventbridge.EventBridgeClient()),
  model(inspector2, new inspector2.Inspector2Client()),
  model(kms, new kms.KMSClient()),
  model(lambda, new lambda.LambdaClient()),
  model(scheduler, new scheduler.SchedulerClient()),
  model(sfn, new sfn.SFNClient()),
  model(sns, new sns.SNSClient()),
  model(sqs, new sqs.SQSClient()),
  model(ssm, new ssm.SSMClient()),
  model(sts, new sts.STSClient()),
];

interface Configured {
  readonly config: {
    readonly serviceId: string;
    readonly defaultSigningName: string;
    readonly protocol: { getShapeId(): string };
    readonly protocolSettings: {
      version?: string;
      xmlNamespace?: string;
      serviceTarget?: string;
      awsQueryCompatible?: boolean;
    };
  };
}

function model(sdk: object, client: unknown): ServiceModel {
  const { serviceId, defaultSigningName, protocol, protocolSettings } = (client as Configured).config;
  const schemas = Object.values(sdk).filter(Array.isArray);
  const operations = schemas.filter(([kind]) => kind === OPERATION) as StaticOperationSchema[];
  const errors = schemas.filter(([kind]) => kind === ERROR) as StaticErrorSchema[];
  return {
    name: serviceId.toLowerCase(),
    signingName: defaultSigningName,
    protocol: protocol.getShapeId().replace('aws.protocols#', '') as ProtocolName,
    version: protocolSettings.version ?? '',
    xmlNamespace: protocolSettings.xmlNamespace ?? '',
    queryCompatible: protocolSettings.awsQueryCompatible ?? false,
    target: protocolSettings.serviceTarget ?? '',
    operations: new Map(operations.map((schema) => [schema[2], operation(schema)])),
    errors: new Map(errors.map((schema) => [schema[2], NormalizedSchema.of(schema)])),
  };
}

function operation([, , name, traits, input, output]: StaticOperationSchema): OperationModel {
  const http = typeof traits === 'object' ? traits.http : undefined;
  return {
    name,
    input: NormalizedSchema.of(input),
    output: NormalizedSchema.of(output),
    ...(http === undefined ? {} : { http: http as [string, string, number] }),
  };
}
