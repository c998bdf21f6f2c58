import type { Call } from '../core/service.ts';

/**
 * Block public access for AMIs, per account and region. New accounts have it enabled (EC2 user guide, Block
 * public access to your AMIs).
 */
export function publicAccessState({ world, account, region }: Call): 'unblocked' | 'block-new-sharing' {
  return world.publicImages.get(`${account}/${region}`) ?? 'block-new-sharing';
}

/** On AWS a change takes up to ten minutes. In the embedded EC2 a change takes effect immediately. */
export function setPublicAccessState(
  { world, account, region }: Call,
  state: 'unblocked' | 'block-new-sharing',
): void {
  world.publicImages.set(`${account}/${region}`, state);
}
