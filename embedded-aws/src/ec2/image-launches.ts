import { AwsError } from '../core/errors.ts';
import type { TransitionHandlers } from '../core/service.ts';
import { schedule, type World } from '../core/world.ts';
import type { ImageRecord } from './records.ts';

/** "When the AMI is used to launch an instance, there is a 24-hour delay before that usage is reported" (SDK, Image). */
const reportedAfterMs = 86_400_000;

/**
 * Must be called for every launch. Usage of vendors' images is not reported, because no account in the
 * embedded AWS can see it.
 */
export function scheduleLaunchReport(world: World, { id, ownerAlias }: ImageRecord, at: number): void {
  if (ownerAlias === undefined) schedule(world, 'image.launch-reported', id, at + reportedAfterMs);
}

export const launchTransitions: TransitionHandlers = {
  'image.launch-reported': (world, id, at) => {
    const image = world.images.get(id);
    if (image === undefined || image.state === 'deregistered') return;
    world.images.put({ ...image, lastLaunchedTime: at - reportedAfterMs }, at, 0);
  },
};

/**
 * Types that are built on Nitro require ENA from the image or the instance (EC2 user guide, Troubleshoot
 * launch issues).
 */
export function checkNetworking({ withoutEna }: Pick<ImageRecord, 'withoutEna'>, type: string): void {
  if (withoutEna) {
    throw new AwsError(
      'InvalidParameterCombination',
      `Enhanced networking with the Elastic Network Adapter (ENA) is required for the '${type}' instance type. Ensure that you are using an AMI that is enabled for ENA.`,
    );
  }
}
