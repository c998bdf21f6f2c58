import { hex } from '../core/random.ts';
import type { World } from '../core/world.ts';
import type { VpcRecord } from './records.ts';

/** The internet gateway of a default VPC. The embedded EC2 keeps no other data about the gateway. */
export const gatewayId = (world: World, { id }: VpcRecord): string =>
  `igw-0${hex(world.seed, 16, 'igw', id)}`;
