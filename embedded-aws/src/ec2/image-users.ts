import type { InstanceRecord, LaunchTemplateRecord } from './records.ts';

/** Whether one of the newest versions of a launch template names an image by id. */
export function isNamedBy(
  { versions }: Pick<LaunchTemplateRecord, 'versions'>,
  imageId: string,
  depth: number,
): boolean {
  return versions
    .toSorted((one, other) => other.version - one.version)
    .slice(0, depth)
    .some(({ data }) => data.ImageId === imageId);
}

export const isLaunchedFrom = ({ imageId, state }: InstanceRecord, id: string) =>
  imageId === id && state !== 'terminated';
