import type {
  DisableSnapshotBlockPublicAccessCommandInput,
  DisableSnapshotBlockPublicAccessCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { checkDryRun } from './refusals.ts';

export const disableSnapshotBlockPublicAccess: Operation<
  DisableSnapshotBlockPublicAccessCommandInput,
  DisableSnapshotBlockPublicAccessCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun'],
  run(input, { world, account, region }) {
    checkDryRun(input);
    world.publicSnapshots.delete(`${account}/${region}`);
    return { State: 'unblocked' };
  },
};
