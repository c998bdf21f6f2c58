import { autoScaling } from './auto-scaling/index.ts';
import type { Services } from './core/service.ts';
import { dynamodb } from './dynamodb/index.ts';
import { ec2 } from './ec2/index.ts';
import { eventbridge } from './eventbridge/index.ts';
import { inspector2 } from './inspector2/index.ts';
import { kms } from './kms/index.ts';
import { lambda } from './lambda/index.ts';
import { scheduler } from './scheduler/index.ts';
import { sns } from './sns/index.ts';
import { sqs } from './sqs/index.ts';
import { ssm } from './ssm/index.ts';
import { stepFunctions } from './step-functions/index.ts';
import { sts } from './sts/index.ts';

/** Every emulated service, by the SDK's service id in lower case. */
export const services = {
  'auto scaling': autoScaling,
  dynamodb,
  ec2,
  eventbridge,
  inspector2,
  kms,
  lambda,
  scheduler,
  sfn: stepFunctions,
  sns,
  sqs,
  ssm,
  sts,
} satisfies Services;
