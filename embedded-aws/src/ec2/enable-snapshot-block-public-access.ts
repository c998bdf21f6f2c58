import type {
  EnableSnapshotBlockPublicAccessCommandInput,
  EnableSnapshotBlockPublicAccessCommandOutput,
} from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';

/** `block-all-sharing` also makes public snapshots private as long as the setting lasts. */
export const enableSnapshotBlockPublicAccess: Operation<
  EnableSnapshotBlockPublicAccessCommandInput,
  EnableSnapshotBlockPublicAccessCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun', 'State'],
  run(input, { world, account, region }) {
    const state = checkOneOf('state', input.State, ['block-all-sharing', 'block-new-sharing']);
    if (state === undefined) throw missingParameter('State');
    checkDryRun(input);
    world.publicSnapshots.set(`${account}/${region}`, state);
    return { State: state };
  },
};
