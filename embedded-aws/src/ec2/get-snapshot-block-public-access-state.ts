import type {
  GetSnapshotBlockPublicAccessStateCommandInput,
  GetSnapshotBlockPublicAccessStateCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { checkDryRun } from './refusals.ts';

export const getSnapshotBlockPublicAccessState: Operation<
  GetSnapshotBlockPublicAccessStateCommandInput,
  GetSnapshotBlockPublicAccessStateCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun'],
  run(input, { world, account, region }) {
    checkDryRun(input);
    return {
      State: world.publicSnapshots.get(`${account}/${region}`) ?? 'unblocked',
      ManagedBy: 'account',
    };
  },
};
