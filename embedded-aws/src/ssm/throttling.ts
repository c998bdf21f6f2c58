import { AwsError } from '../core/errors.ts';
import type { Bucket, Throttling } from '../core/throttling.ts';

/**
 * Systems Manager's transactions per second, per account and region (AWS General Reference, "AWS
 * Systems Manager endpoints and quotas"). The burst size of one second is an assumption. Actions
 * with the same `shared` name share one bucket. An action that is not listed has no published quota
 * and is not throttled.
 */
const buckets: Readonly<Record<string, Bucket & { readonly shared?: string }>> = {
  StartAutomationExecution: { max: 1, perSecond: 1 },
  StopAutomationExecution: { max: 1, perSecond: 1 },
  GetAutomationExecution: { max: 3, perSecond: 3 },
  DescribeAutomationExecutions: { max: 3, perSecond: 3 },
  DescribeAutomationStepExecutions: { max: 3, perSecond: 3 },
  GetParameter: { max: 40, perSecond: 40, shared: 'GetParameters' },
  GetParameters: { max: 40, perSecond: 40, shared: 'GetParameters' },
  GetParametersByPath: { max: 40, perSecond: 40, shared: 'GetParameters' },
  PutParameter: { max: 3, perSecond: 3 },
  LabelParameterVersion: { max: 3, perSecond: 3 },
  DescribeParameters: { max: 3, perSecond: 3 },
  GetParameterHistory: { max: 3, perSecond: 3 },
};

export const throttling: Throttling = {
  withdrawals({ operation }) {
    const bucket = buckets[operation];
    return bucket ? [{ name: `ssm:${bucket.shared ?? operation}`, bucket, tokens: 1 }] : [];
  },
  refusal: () => new AwsError('ThrottlingException', 'Rate exceeded'),
};
