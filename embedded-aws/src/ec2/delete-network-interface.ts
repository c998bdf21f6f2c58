import type {
  DeleteNetworkInterfaceCommandInput,
  DeleteNetworkInterfaceCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError, missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { giveAddressBack, interfaceNotFound } from './network-interfaces.ts';
import { checkDryRun } from './refusals.ts';

export const deleteNetworkInterface: Operation<
  DeleteNetworkInterfaceCommandInput,
  DeleteNetworkInterfaceCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun', 'NetworkInterfaceId'],
  run(input, { world, account, region, now }) {
    const { NetworkInterfaceId: id } = input;
    if (id === undefined) throw missingParameter('networkInterfaceId');
    const found = world.networkInterfaces.get(id);
    const isSeen = world.networkInterfaces.seen(id, now) !== undefined;
    if (found === undefined || !isSeen || found.account !== account || found.region !== region) {
      throw interfaceNotFound(id);
    }
    if (found.attachment !== undefined) {
      throw new AwsError('InvalidParameterValue', `Network interface '${id}' is currently in use.`);
    }
    checkDryRun(input);
    world.networkInterfaces.remove(id, now, lagMs(world, id));
    giveAddressBack(world, found.subnetId, now);
    return {};
  },
};
