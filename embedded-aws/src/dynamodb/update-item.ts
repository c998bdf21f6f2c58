import type { UpdateItemCommandInput, UpdateItemCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Operation } from '../core/service.ts';
import { project } from './expressions/paths.ts';
import { writeMeasures } from './measures.ts';
import { checkWriteParameters, writeParameters } from './parameters.ts';
import type { Item } from './records.ts';
import { withOpening } from './refusals.ts';
import { itemShape } from './values.ts';
import { carryOutWrite, type Outcome, type Write, writeByKey } from './writes.ts';

/** If the item does not exist, creates it from its key and the update expression. */
export const updateItem: Operation<UpdateItemCommandInput, UpdateItemCommandOutput> = {
  kind: 'write',
  accepts: [...writeParameters, 'Key.*', 'UpdateExpression'],
  run(input, call) {
    checkWriteParameters(input, 'Key');
    const write = withOpening(() => writeByKey('update', input));
    const outcome = carryOutWrite(call, write);
    const attributes = returned(input.ReturnValues, write, outcome);
    return {
      ...(attributes === undefined || Object.keys(attributes).length === 0
        ? {}
        : { Attributes: itemShape(attributes) }),
      ...writeMeasures(input, outcome),
    };
  },
};

function returned(wanted: string | undefined, { updates }: Write, { old, item }: Outcome): Item | undefined {
  const paths = updates.map(({ path }) => path);
  switch (wanted) {
    case 'ALL_OLD':
      return old;
    case 'ALL_NEW':
      return item;
    case 'UPDATED_OLD':
      return old && project(old, paths);
    case 'UPDATED_NEW':
      return item && project(item, paths);
    default:
      return undefined;
  }
}
