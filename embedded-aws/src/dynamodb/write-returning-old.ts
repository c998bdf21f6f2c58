import type { DeleteItemCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Call } from '../core/service.ts';
import { writeMeasures } from './measures.ts';
import { checkWriteParameters } from './parameters.ts';
import { invalidRequest, withOpening } from './refusals.ts';
import { itemShape } from './values.ts';
import { carryOutWrite, type Write } from './writes.ts';

/** PutItem and DeleteItem, which can return only the old item. `writeOf` validates the write. */
export function writeReturningOld(
  input: Parameters<typeof checkWriteParameters>[0] & Parameters<typeof writeMeasures>[0],
  call: Call,
  subject: 'Item' | 'Key',
  writeOf: () => Write,
): Omit<DeleteItemCommandOutput, '$metadata'> {
  checkWriteParameters(input, subject);
  const write = withOpening(() => {
    const write = writeOf();
    checkReturnsOldOnly(input.ReturnValues);
    return write;
  });
  const outcome = carryOutWrite(call, write);
  const { old } = outcome;
  return {
    ...(input.ReturnValues === 'ALL_OLD' && old !== undefined ? { Attributes: itemShape(old) } : {}),
    ...writeMeasures(input, outcome),
  };
}

function checkReturnsOldOnly(returnValues: string | undefined): void {
  if (returnValues === undefined || ['ALL_OLD', 'NONE'].includes(returnValues)) return;
  throw invalidRequest('ReturnValues can only be ALL_OLD or NONE');
}
