import type { Services } from './core/operation.ts';
import { dynamodb } from './dynamodb/index.ts';
import { ec2 } from './ec2/index.ts';
import { eventbridge } from './eventbridge/index.ts';
import { kms } from './kms/index.ts';
import { scheduler } from './scheduler/index.ts';
import { sns } from './sns/index.ts';
import { sqs } from './sqs/index.ts';
import { ssm } from './ssm/index.ts';
import { sts } from './sts/index.ts';

/**
 * All that is emulated of AWS by a world alone, by the SDK's service ids in lower case. Step Functions is not among them: it needs
 * functions, which only a deployment brings (`local/states/`).
 */
export const services: Services = { dynamodb, ec2, eventbridge, kms, scheduler, sns, sqs, ssm, sts };
