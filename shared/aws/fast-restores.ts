import {
  DisableFastLaunchCommand,
  DisableFastSnapshotRestoresCommand,
  type EC2Client,
  EnableFastLaunchCommand,
  EnableFastSnapshotRestoresCommand,
  paginateDescribeFastLaunchImages,
} from '@aws-sdk/client-ec2';
import type { FastLaunch, ZonesOfSnapshot } from '../build/acceleration.ts';

/** The images with EC2 Fast Launch in this account and region. */
export async function findFastLaunches(client: EC2Client): Promise<FastLaunch[]> {
  const found: FastLaunch[] = [];
  for await (const page of paginateDescribeFastLaunchImages({ client }, {})) {
    for (const { ImageId = '', State = '', StateTransitionReason = '' } of page.FastLaunchImages ?? [])
      found.push({ imageId: ImageId, state: State, reason: StateTransitionReason });
  }
  return found;
}

/** Why EC2 did not change some zones, in words. EC2 reports this in a successful answer. */
interface Unsuccessful {
  readonly FastSnapshotRestoreStateErrors?:
    | readonly {
        readonly AvailabilityZone?: string | undefined;
        readonly Error?:
          | { readonly Code?: string | undefined; readonly Message?: string | undefined }
          | undefined;
      }[]
    | undefined;
}

/** What EC2 changed of what was asked. */
export interface RestoreAnswer {
  readonly changed: boolean;
  readonly refused: string[];
}

const answerOf = ({
  Successful = [],
  Unsuccessful = [],
}: {
  readonly Successful?: readonly unknown[] | undefined;
  readonly Unsuccessful?: readonly Unsuccessful[] | undefined;
}): RestoreAnswer => ({
  changed: Successful.length > 0,
  refused: Unsuccessful.flatMap(({ FastSnapshotRestoreStateErrors: errors = [] }) =>
    errors.map(
      ({ AvailabilityZone, Error: error }) => `${AvailabilityZone}: ${error?.Message} (${error?.Code})`,
    ),
  ),
});

export const enableRestore = async (client: EC2Client, { snapshotId, zones }: ZonesOfSnapshot) =>
  answerOf(
    await client.send(
      new EnableFastSnapshotRestoresCommand({
        SourceSnapshotIds: [snapshotId],
        AvailabilityZones: [...zones],
      }),
    ),
  );

export const disableRestore = async (client: EC2Client, { snapshotId, zones }: ZonesOfSnapshot) =>
  answerOf(
    await client.send(
      new DisableFastSnapshotRestoresCommand({
        SourceSnapshotIds: [snapshotId],
        AvailabilityZones: [...zones],
      }),
    ),
  );

/** `snapshots`: the number of pre-provisioned snapshots. EC2 chooses the number of parallel launches. */
export const enableFastLaunch = async (client: EC2Client, ImageId: string, snapshots: number) =>
  client.send(
    new EnableFastLaunchCommand({
      ImageId,
      ResourceType: 'snapshot',
      SnapshotConfiguration: { TargetResourceCount: snapshots },
    }),
  );

export const disableFastLaunch = async (client: EC2Client, ImageId: string) =>
  client.send(new DisableFastLaunchCommand({ ImageId }));
