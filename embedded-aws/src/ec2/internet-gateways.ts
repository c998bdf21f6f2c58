import { hex } from '../core/random.ts';
import type { World } from '../core/world.ts';
import type { VpcRecord } from './records.ts';

/** The gateway to the internet that a default VPC has; nothing else is known of it. */
export const gatewayId = (world: World, { id }: VpcRecord): string =>
  `igw-0${hex(world.seed, 16, 'igw', id)}`;
