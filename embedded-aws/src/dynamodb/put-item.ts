import type { PutItemCommandInput, PutItemCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Operation } from '../core/service.ts';
import { writeParameters } from './parameters.ts';
import { writeReturningOld } from './write-returning-old.ts';
import { putOf } from './writes.ts';

export const putItem: Operation<PutItemCommandInput, PutItemCommandOutput> = {
  kind: 'write',
  accepts: [...writeParameters, 'Item.*'],
  run(input, call) {
    return writeReturningOld(input, call, 'Item', () => putOf(input));
  },
};
