import type {
  DescribeInstancePatchStatesCommandInput,
  DescribeInstancePatchStatesCommandOutput,
  InstancePatchState,
} from '@aws-sdk/client-ssm';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { instanceId } from './constraints.ts';
import { page } from './paging.ts';
import type { PatchRecord, PatchStateRecord } from './records.ts';

/** The named nodes on which AWS-RunPatchBaseline has completed at least once. */
export const describeInstancePatchStates: Operation<
  DescribeInstancePatchStatesCommandInput,
  DescribeInstancePatchStatesCommandOutput
> = {
  kind: 'read',
  accepts: ['InstanceIds', 'MaxResults', 'NextToken'],
  run: (input, { world, account, region }) => {
    check(input, { InstanceIds: { required: true, length: [0, 50], each: instanceId } });
    const states = [...new Set(input.InstanceIds)].flatMap((id) => {
      const state = world.patchStates.get(id);
      return state?.account === account && state.region === region ? [state] : [];
    });
    const { items, ...rest } = page(states, input, { least: 10, most: 100, defaultSize: 100 });
    return { InstancePatchStates: items.map(stateShape), ...rest };
  },
};

function stateShape(record: PatchStateRecord): InstancePatchState {
  const counted = (state: PatchRecord['state'], isCounted = (_patch: PatchRecord) => true) =>
    record.patches.filter((patch) => patch.state === state && isCounted(patch)).length;
  const isSecurity = ({ classification }: PatchRecord) => classification.startsWith('Security');
  return {
    InstanceId: record.id,
    PatchGroup: '',
    BaselineId: `arn:aws:ssm:${record.region}:075727635805:patchbaseline/pb-0default0baseline`,
    SnapshotId: record.snapshotId,
    OwnerInformation: '',
    InstalledCount: counted('INSTALLED'),
    InstalledOtherCount: 0,
    InstalledPendingRebootCount: counted('INSTALLED_PENDING_REBOOT'),
    InstalledRejectedCount: 0,
    MissingCount: counted('MISSING'),
    FailedCount: 0,
    UnreportedNotApplicableCount: 0,
    NotApplicableCount: 0,
    OperationStartTime: new Date(record.startTime),
    OperationEndTime: new Date(record.endTime),
    Operation: record.operation,
    ...(record.lastNoRebootInstall === undefined
      ? {}
      : { LastNoRebootInstallOperationTime: new Date(record.lastNoRebootInstall) }),
    RebootOption: record.rebootOption,
    CriticalNonCompliantCount: 0,
    SecurityNonCompliantCount: counted('MISSING', isSecurity),
    OtherNonCompliantCount: counted('MISSING', (patch) => !isSecurity(patch)),
  };
}
