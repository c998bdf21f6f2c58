import { describe, expect, test } from 'vitest';
import { describeTrouble, tried, troubleOf } from '../../cli/deployed/aws-trouble.ts';

const called = { action: 'states:StartExecution', on: 'arn:aws:states:…:golden-image-bake' };
const error = (name: string, message: string, more: object = { $metadata: { httpStatusCode: 400 } }) =>
  Object.assign(new Error(message), { name }, more);

describe('what the SDK has against a call', () => {
  test.each([
    [
      error('CredentialsProviderError', 'Could not load credentials from any providers', {}),
      'Found no AWS credentials: set AWS_PROFILE, or run aws sso login',
    ],
    [
      error('TokenProviderError', 'Token is expired. To refresh this SSO session\nrun aws sso login', {}),
      'The AWS credentials have expired (Token is expired. To refresh this SSO session run aws sso login): renew them, as with aws sso login',
    ],
    [
      error('ExpiredTokenException', 'The security token included in the request is expired'),
      'The AWS credentials have expired (The security token included in the request is expired): renew them, as with aws sso login',
    ],
    [
      error('UnrecognizedClientException', 'The security token included in the request is invalid.'),
      'AWS does not accept the credentials (UnrecognizedClientException: The security token included in the request is invalid.): check AWS_PROFILE, or run aws sso login',
    ],
    [
      error('AccessDeniedException', 'User: jane is not authorized to perform: states:StartExecution'),
      'AWS denies states:StartExecution (User: jane is not authorized to perform: states:StartExecution): whoever runs this needs the right to states:StartExecution on arn:aws:states:…:golden-image-bake',
    ],
    [
      error('InvalidName', "Invalid Name: 'a b'"),
      "AWS refuses states:StartExecution (InvalidName: Invalid Name: 'a b'): see what it says",
    ],
    [
      error('Error', 'getaddrinfo ENOTFOUND states.eu-west-1.amazonaws.com', { $metadata: {} }),
      'AWS does not answer states:StartExecution (Error: getaddrinfo ENOTFOUND states.eu-west-1.amazonaws.com): check the network, and try again',
    ],
    [
      error('StateMachineDoesNotExist', 'State Machine Does Not Exist'),
      'AWS refuses states:StartExecution (StateMachineDoesNotExist: State Machine Does Not Exist): see what it says',
    ],
  ])('%s is one line', (thrown, line) => {
    const trouble = troubleOf(thrown, called);
    expect(trouble && describeTrouble(trouble)).toBe(line);
  });

  test('what is missing is said in the words of the call', () => {
    const missing = { found: 'there is none', fix: 'make one' };
    expect(troubleOf(error('StateMachineDoesNotExist', ''), { ...called, missing })).toMatchObject(missing);
  });

  test('an error of ours passes', async () => {
    await expect(tried(Promise.reject(new TypeError('no')), called)).rejects.toThrow(TypeError);
    expect(await tried(Promise.resolve({ answer: 1 }), called)).toEqual({ answer: 1 });
  });
});
