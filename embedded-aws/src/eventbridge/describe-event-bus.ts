import type {
  DescribeEventBusCommandInput,
  DescribeEventBusCommandOutput,
} from '@aws-sdk/client-eventbridge';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { busShape, findBus } from './buses.ts';
import * as constraints from './constraints.ts';

export const describeEventBus: Operation<DescribeEventBusCommandInput, DescribeEventBusCommandOutput> = {
  kind: 'read',
  accepts: ['Name'],
  run(input, call) {
    check(input, { Name: constraints.busNameOrArn });
    return busShape(findBus(call, input.Name));
  },
};
