import type {
  RemovePermissionCommandInput,
  RemovePermissionCommandOutput,
} from '@aws-sdk/client-eventbridge';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { changeBus, findBus } from './buses.ts';
import * as constraints from './constraints.ts';
import { readPolicy } from './policy.ts';
import { invalid, notFound } from './refusals.ts';

export const removePermission: Operation<RemovePermissionCommandInput, RemovePermissionCommandOutput> = {
  kind: 'write',
  accepts: ['EventBusName', 'RemoveAllPermissions', 'StatementId'],
  run(input, call) {
    check(input, {
      EventBusName: constraints.ownBusName,
      StatementId: { length: [1, 64], pattern: /[a-zA-Z0-9-_]+/ },
    });
    const { policy: text, ...bus } = findBus(call, input.EventBusName);
    const { StatementId, RemoveAllPermissions } = input;
    if (RemoveAllPermissions === true) {
      changeBus(call, bus, {});
      return {};
    }
    if (StatementId === undefined) throw invalid('Parameter(s) StatementId must be specified.');
    const policy = readPolicy(text);
    const Statement = policy.Statement.filter(({ Sid }) => Sid !== StatementId);
    if (Statement.length === policy.Statement.length) {
      throw notFound('Statement with the provided id does not exist.');
    }
    changeBus(call, bus, Statement.length === 0 ? {} : { policy: JSON.stringify({ ...policy, Statement }) });
    return {};
  },
};
