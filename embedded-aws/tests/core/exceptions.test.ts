import { ConditionalCheckFailedException, DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { EC2ServiceException } from '@aws-sdk/client-ec2';
import { ParameterNotFound, SSMServiceException } from '@aws-sdk/client-ssm';
import { MalformedPolicyDocumentException, STSServiceException } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { AwsError } from '../../src/core/errors.ts';
import { exceptionOf } from '../../src/core/exceptions.ts';

const metadata = { httpStatusCode: 400, requestId: 'a-request' };

test.each([
  ['dynamodb', 'ConditionalCheckFailedException', ConditionalCheckFailedException, DynamoDBServiceException],
  ['ssm', 'ParameterNotFound', ParameterNotFound, SSMServiceException],
])('%s throws %s as its own class', (service, code, own, base) => {
  const exception = exceptionOf(service, new AwsError(code, 'No.'), metadata);
  expect(exception).toBeInstanceOf(own);
  expect(exception).toBeInstanceOf(base);
  expect(exception).toMatchObject({ name: code, message: 'No.', $fault: 'client', $metadata: metadata });
});

test('an error code of AWS query differs from the class name; the exception has the name of its class', () => {
  const exception = exceptionOf('sts', new AwsError('MalformedPolicyDocument', 'No.'), metadata);
  expect(exception).toBeInstanceOf(MalformedPolicyDocumentException);
  expect(exception.name).toBe('MalformedPolicyDocumentException');
});

test.each([
  ['ec2', 'InvalidAMIID.NotFound', 400, 'client', EC2ServiceException],
  ['ec2', 'InternalError', 500, 'server', EC2ServiceException],
  ['ssm', 'RequestLimitExceeded', 503, 'server', SSMServiceException],
  ['dynamodb', 'ValidationException', 400, 'client', DynamoDBServiceException],
  ['sts', 'AccessDenied', 403, 'client', STSServiceException],
  ['ssm', 'NotEmulated', 501, 'server', SSMServiceException],
])('%s throws %s, which its model does not have, as the base class', (service, code, status, fault, base) => {
  const exception = exceptionOf(service, new AwsError(code, 'No.', status), metadata);
  expect(Object.getPrototypeOf(exception)).toBe(base.prototype);
  expect(exception).toMatchObject({ name: code, message: 'No.', $fault: fault });
});

test('additional members of an error are copies', () => {
  const Item = { id: { S: 'a' } };
  const error = new AwsError('ConditionalCheckFailedException', 'No.', 400, { Item });
  const exception = exceptionOf('dynamodb', error, metadata) as ConditionalCheckFailedException;
  expect(exception.Item).toEqual(Item);
  expect(exception.Item).not.toBe(Item);
});
