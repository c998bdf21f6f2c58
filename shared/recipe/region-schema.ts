import * as z from 'zod/mini';
import { foreignRegionFix, regionMessage, regionNames } from './regions.ts';
import { field } from './schema-field.ts';

export const region = field(z.enum(regionNames), 'A region of the aws partition.', {
  ...regionMessage,
  fix: (found) => (typeof found === 'string' ? foreignRegionFix(found) : undefined),
});
