import type { Constraint, Constraints } from '../core/validation.ts';

/** Constraints of the API's model (botocore, the service model of EventBridge Scheduler). */
export const name = {
  length: [1, 64],
  pattern: /^[0-9a-zA-Z-_.]+$/,
} as const satisfies Constraint;
export const clientToken = { length: [1, 64], pattern: /^[a-zA-Z0-9-_]+$/ } as const satisfies Constraint;
export const nextToken = { length: [1, 2048] } as const satisfies Constraint;
export const maxResults = { range: [1, 100] } as const satisfies Constraint;
export const state = { oneOf: ['ENABLED', 'DISABLED'] } as const satisfies Constraint;
export const groupArn = {
  length: [1, 1011],
  pattern: /^arn:aws(-[a-z]+)?:scheduler:[a-z0-9-]+:\d{12}:schedule-group\/[0-9a-zA-Z-_.]+$/,
} as const satisfies Constraint;
export const tagList = {
  length: [0, 200],
  members: {
    Key: { required: true, length: [1, 128] },
    Value: { required: true, length: [1, 256] },
  },
} as const satisfies Constraint;

/** Constraints of both CreateSchedule and UpdateSchedule. */
export const schedule = {
  ActionAfterCompletion: { oneOf: ['NONE', 'DELETE'] },
  ClientToken: clientToken,
  Description: { length: [0, 512] },
  FlexibleTimeWindow: {
    required: true,
    members: {
      Mode: { required: true, oneOf: ['OFF', 'FLEXIBLE'] },
      MaximumWindowInMinutes: { range: [1, 1440] },
    },
  },
  GroupName: name,
  Name: { required: true, ...name },
  ScheduleExpression: { required: true, length: [1, 256] },
  ScheduleExpressionTimezone: { length: [1, 50] },
  State: state,
  Target: {
    required: true,
    members: {
      Arn: { required: true, length: [1, 1600] },
      RoleArn: {
        required: true,
        length: [1, 1600],
        pattern: /^arn:aws(-[a-z]+)?:iam::\d{12}:role\/[\w+=,.@/-]+$/,
      },
      Input: { length: [1, Number.POSITIVE_INFINITY] },
      DeadLetterConfig: {
        members: {
          Arn: {
            length: [1, 1600],
            pattern: /^arn:aws(-[a-z]+)?:sqs:[a-z0-9-]+:\d{12}:[a-zA-Z0-9\-_]+$/,
          },
        },
      },
      RetryPolicy: {
        members: {
          MaximumEventAgeInSeconds: { range: [60, 86_400] },
          MaximumRetryAttempts: { range: [0, 185] },
        },
      },
      EventBridgeParameters: {
        members: {
          DetailType: { required: true, length: [1, 128] },
          Source: {
            required: true,
            length: [1, 256],
            pattern: /^(?=[/.\-_A-Za-z0-9]+)((?!aws\.).*)|(\$(\.[\w_-]+(\[(\d+|\*)\])*)*)$/,
          },
        },
      },
    },
  },
} as const satisfies Constraints;

/** The parameters of CreateSchedule and UpdateSchedule that are emulated. */
export const scheduleParameters = [
  'ActionAfterCompletion',
  'ClientToken',
  'Description',
  'EndDate',
  'FlexibleTimeWindow.MaximumWindowInMinutes',
  'FlexibleTimeWindow.Mode',
  'GroupName',
  'Name',
  'ScheduleExpression',
  'ScheduleExpressionTimezone',
  'StartDate',
  'State',
  'Target.Arn',
  'Target.DeadLetterConfig.Arn',
  'Target.EventBridgeParameters.DetailType',
  'Target.EventBridgeParameters.Source',
  'Target.Input',
  'Target.RetryPolicy.MaximumEventAgeInSeconds',
  'Target.RetryPolicy.MaximumRetryAttempts',
  'Target.RoleArn',
] as const;
