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
import { type HttpRequest, HttpResponse } from '@smithy/core/protocols';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { services } from '../../src/services.ts';
import { createEndpoint, type WireCall } from '../../src/wire/endpoint.ts';
import { models, type OperationModel, type ServiceModel } from '../../src/wire/models.ts';
import { anyValue, type Carries, isNothing } from './any-value.ts';

const clients: Readonly<Record<string, { sdk: object; Client: new (options: object) => Client }>> = {
  dynamodb: { sdk: dynamodb, Client: dynamodb.DynamoDBClient },
  ec2: { sdk: ec2, Client: ec2.EC2Client },
  eventbridge: { sdk: eventbridge, Client: eventbridge.EventBridgeClient },
  'auto scaling': { sdk: autoScaling, Client: autoScaling.AutoScalingClient },
  inspector2: { sdk: inspector2, Client: inspector2.Inspector2Client },
  kms: { sdk: kms, Client: kms.KMSClient },
  lambda: { sdk: lambda, Client: lambda.LambdaClient },
  scheduler: { sdk: scheduler, Client: scheduler.SchedulerClient },
  sfn: { sdk: sfn, Client: sfn.SFNClient },
  sns: { sdk: sns, Client: sns.SNSClient },
  sqs: { sdk: sqs, Client: sqs.SQSClient },
  ssm: { sdk: ssm, Client: ssm.SSMClient },
  sts: { sdk: sts, Client: sts.STSClient },
};

interface Client {
  send(command: unknown): Promise<Record<string, unknown>>;
}

/** Calls an operation with the SDK's own client, which writes the request and reads the response. */
async function call(
  model: ServiceModel,
  operation: string,
  input: object,
  perform: (call: WireCall) => Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const endpoint = createEndpoint({
    perform,
    requestId: () => 'e9f3a8a1-0000-4000-8000-000000000000',
    onSurprise: (error) => {
      throw error;
    },
  });
  const { sdk, Client } = clients[model.name] as (typeof clients)[string];
  const Command = (sdk as Record<string, new (input: object) => object>)[`${operation}Command`];
  const client = new Client({
    region: 'eu-west-1',
    credentials: { accessKeyId: '111122223333', secretAccessKey: 'any' },
    endpoint: 'http://127.0.0.1:4566',
    maxAttempts: 1,
    // SQS's client checks digests, and random messages have none.
    md5: false,
    requestHandler: {
      handle: async ({ method, path, query, headers, body }: HttpRequest) => {
        const search = new URLSearchParams();
        for (const [key, values] of Object.entries(query)) {
          for (const value of [values].flat()) search.append(key, value ?? '');
        }
        const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
        const response = await endpoint({
          method,
          path,
          query: search,
          headers: Object.fromEntries(lower),
          body: body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body ?? ''),
        });
        return {
          response: new HttpResponse({
            statusCode: response.status,
            headers: { ...response.headers },
            body: Buffer.from(response.body),
          }),
        };
      },
    },
  });
  const { $metadata: _metadata, ...output } = await client.send(
    new (Command as never as typeof Command & object)(input),
  );
  return output;
}

const xmlText = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    fc.constantFrom('<', '&', '"', "'", ']]>', ' ', '=', '+', '%'),
  ),
  minLength: 1,
  maxLength: 12,
});

const carries = ({ protocol }: ServiceModel): Carries =>
  protocol.endsWith('Query')
    ? { text: xmlText, emptyLists: false }
    : { text: fc.string({ unit: 'binary', maxLength: 12 }), emptyLists: true };

const emulated = models.flatMap((model) =>
  Object.keys(services[model.name as keyof typeof services]?.operations ?? {}).map((name) => ({
    name: `${model.name}:${name}`,
    model,
    operation: model.operations.get(name) as OperationModel,
  })),
);

/** Members that the SDK adds to an input. */
const addedBySdk: Readonly<Record<string, readonly string[]>> = {
  'ec2:CopySnapshot': ['PresignedUrl', 'DestinationRegion'],
};
/** Members that make the SDK use another address. */
const left: Readonly<Record<string, readonly string[]>> = { 'eventbridge:PutEvents': ['EndpointId'] };

describe("the server reads the SDK's requests correctly, and the SDK reads the server's responses correctly", () => {
  test.each(emulated)('$name', async ({ name, model, operation }) => {
    const input = anyValue(operation.input, carries(model));
    const output = operation.output.isUnitSchema()
      ? fc.constant({})
      : anyValue(operation.output, carries(model));
    await fc.assert(
      fc.asyncProperty(input, output, async (given, answer) => {
        const asked = without(given as object, left[name] ?? []);
        let seen: Record<string, unknown> = {};
        const answered = await call(model, operation.name, asked, (wireCall) => {
          expect(wireCall).toMatchObject({
            service: model.name,
            operation: operation.name,
            accessKey: '111122223333',
            region: 'eu-west-1',
          });
          seen = wireCall.input;
          return answer as Record<string, unknown>;
        });
        const added = [...(addedBySdk[name] ?? []), ...tokensOf(operation)].filter((key) => !(key in asked));
        expect(withoutNothing(without(seen, added))).toEqual(withoutNothing(asked));
        expect(withoutNothing(answered)).toEqual(withoutNothing(answer));
      }),
      { numRuns: 12 },
    );
  });
});

const tokensOf = ({ input }: OperationModel): string[] =>
  [...input.structIterator()].filter(([, member]) => member.isIdempotencyToken()).map(([name]) => name);

const without = (value: object, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));

/** A missing and an empty structure are equal on the wire. */
function withoutNothing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNothing);
  // The SDK has a special class for the bytes of a body.
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const entries = Object.entries(value).filter(([, item]) => !isEmptyStructure(item));
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNothing(item)]));
}

const isEmptyStructure = (value: unknown): boolean => !Array.isArray(value) && isNothing(value);
