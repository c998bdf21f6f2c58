import type { EnableCommandInput, EnableCommandOutput, ResourceScanType } from '@aws-sdk/client-inspector2';
import type { Operation } from '../core/service.ts';
import { count, schedule } from '../core/world.ts';
import { accountIn, byType, statusOf, wholeStatus } from './accounts.ts';
import * as constraints from './constraints.ts';
import { drawSeconds } from './latency.ts';
import { checkRequest, noAccessTo } from './refusals.ts';

export const enable: Operation<EnableCommandInput, EnableCommandOutput> = {
  kind: 'write',
  accepts: ['accountIds', 'clientToken', 'resourceTypes'],
  run(input, { world, account, region, now }) {
    checkRequest(input, {
      accountIds: constraints.accountIds,
      resourceTypes: constraints.resourceTypes,
      clientToken: { length: [1, 64] },
    });
    const { accountIds = [], resourceTypes = [] } = input;
    const wanted = accountIds.length === 0 ? [account] : accountIds;
    const foreign = wanted.filter((one) => one !== account).map(noAccessTo);
    if (!wanted.includes(account)) return { accounts: [], failedAccounts: foreign };
    const place = { account, region };
    const off = resourceTypes.filter((type) => statusOf(world, place, type) === 'DISABLED');
    if (off.length === 0) {
      const isPending = resourceTypes.some((type) => statusOf(world, place, type) === 'ENABLING');
      const failure = {
        accountId: account,
        errorCode: isPending ? ('ENABLE_IN_PROGRESS' as const) : ('ALREADY_ENABLED' as const),
        errorMessage: isPending ? 'Enable is in progress' : 'Already enabled',
      };
      return { accounts: [], failedAccounts: [...foreign, failure] };
    }
    const id = accountIn(account, region);
    const before = world.inspectorAccounts.get(id)?.statuses ?? {};
    const enabling = Object.fromEntries(off.map((type) => [type, 'ENABLING' as const]));
    world.inspectorAccounts.put({ id, ...place, statuses: { ...before, ...enabling } }, now, 0);
    const seconds = drawSeconds(world.seed, 'inspector.enable', id, count(world, `inspector.enable ${id}`));
    schedule(world, 'inspector.enabled', id, now + seconds * 1000);
    const resourceStatus = byType((type: ResourceScanType) => statusOf(world, place, type));
    return {
      accounts: [{ accountId: account, status: wholeStatus(world, place), resourceStatus }],
      failedAccounts: foreign,
    };
  },
};
