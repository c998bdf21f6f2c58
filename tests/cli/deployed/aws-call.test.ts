import { describe, expect, test } from 'vitest';
import { callAws, describeCallFailure, explainCallError } from '../../../cli/deployed/aws-call.ts';

const call = { action: 'states:StartExecution', on: 'arn:aws:states:…:golden-image-bake' };
const error = (name: string, message: string, more: object = { $metadata: { httpStatusCode: 400 } }) =>
  Object.assign(new Error(message), { name }, more);

describe('the message for an error of the SDK', () => {
  test.each([
    [
      error('CredentialsProviderError', 'Could not load credentials from any providers', {}),
      'Found no AWS credentials: set AWS_PROFILE, or run aws sso login',
    ],
    [
      error('TokenProviderError', 'Token is expired. To refresh this SSO session\nrun aws sso login', {}),
      'The AWS credentials have expired (Token is expired. To refresh this SSO session run aws sso login): renew the credentials, for example with aws sso login',
    ],
    [
      error('ExpiredTokenException', 'The security token included in the request is expired'),
      'The AWS credentials have expired (The security token included in the request is expired): renew the credentials, for example with aws sso login',
    ],
    [
      error('UnrecognizedClientException', 'The security token included in the request is invalid.'),
      'AWS rejected the credentials (UnrecognizedClientException: The security token included in the request is invalid.): check AWS_PROFILE, or run aws sso login',
    ],
    [
      error('AccessDeniedException', 'User: jane is not authorized to perform: states:StartExecution'),
      'AWS denied states:StartExecution (User: jane is not authorized to perform: states:StartExecution): allow states:StartExecution on arn:aws:states:…:golden-image-bake for these credentials',
    ],
    [
      error('InvalidName', "Invalid Name: 'a b'"),
      "AWS refused states:StartExecution (InvalidName: Invalid Name: 'a b'): fix the cause that AWS names",
    ],
    [
      error('Error', 'getaddrinfo ENOTFOUND states.eu-west-1.amazonaws.com', { $metadata: {} }),
      'The call states:StartExecution failed temporarily (Error: getaddrinfo ENOTFOUND states.eu-west-1.amazonaws.com): check the network, and try again',
    ],
    [
      error('StateMachineDoesNotExist', 'State Machine Does Not Exist'),
      'AWS refused states:StartExecution (StateMachineDoesNotExist: State Machine Does Not Exist): fix the cause that AWS names',
    ],
  ])('%s is one line', (thrown, line) => {
    const failure = explainCallError(thrown, call);
    expect(failure && describeCallFailure(failure)).toBe(line);
  });

  test.each([
    ['Error', new Error('connect ECONNREFUSED 127.0.0.1:4566'), 'Error: connect ECONNREFUSED 127.0.0.1:4566'],
    // A host with several addresses, such as localhost.
    [
      'AggregateError',
      new AggregateError([new Error('connect ECONNREFUSED ::1:4566'), new Error('no route')], ''),
      'AggregateError: connect ECONNREFUSED ::1:4566, no route',
    ],
  ])('an endpoint of the user that does not answer is named: %s', (_, thrown, said) => {
    const failure = explainCallError(Object.assign(thrown, { $metadata: {} }), {
      ...call,
      endpoint: 'http://127.0.0.1:4566',
    });
    expect(failure?.kind).toBe('passing');
    expect(failure && describeCallFailure(failure)).toBe(
      `The call states:StartExecution got no answer from http://127.0.0.1:4566 (${said}): is golden serve running at this address? If not, start it, or remove the endpoint from AWS_ENDPOINT_URL or your profile`,
    );
  });

  test('an endpoint that answers with an error is not suspected', () => {
    const throttled = error('ThrottlingException', 'Rate exceeded');
    expect(explainCallError(throttled, { ...call, endpoint: 'http://127.0.0.1:4566' })?.fix).toBe(
      'check the network, and try again',
    );
  });

  test('the message for a missing resource comes from the call', () => {
    const missing = { found: 'there is none', fix: 'make one' };
    expect(explainCallError(error('StateMachineDoesNotExist', ''), { ...call, missing })).toMatchObject(
      missing,
    );
  });

  test('an error that does not come from the SDK is thrown again', async () => {
    await expect(callAws(Promise.reject(new TypeError('no')), call)).rejects.toThrow(TypeError);
    expect(await callAws(Promise.resolve({ answer: 1 }), call)).toEqual({ answer: 1 });
  });
});
