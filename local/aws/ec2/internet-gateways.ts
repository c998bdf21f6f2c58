import { hex } from '../random.ts';
import type { VpcRecord } from '../records.ts';
import type { World } from '../world.ts';

/** The gateway to the internet that a default VPC has; nothing else is known of it. */
export const gatewayId = (world: World, { id }: VpcRecord): string =>
  `igw-0${hex(world.seed, 16, 'igw', id)}`;
