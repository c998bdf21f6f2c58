import { type LeftOut, leftOutOf } from '../build/left-out.ts';
import { templatesOf } from '../build/template-versions.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { Clients } from './clients.ts';
import { type ConsumerPlace, findClosedConsumers } from './consumer-accounts.ts';
import { findUnusable } from './images.ts';
import { findTemplates } from './launch-templates.ts';

/** The consumer accounts and launch templates that cannot follow a channel to a release. */
export async function findLeftOut(
  { name, publish }: Pick<Recipe, 'name' | 'publish'>,
  channel: string,
  images: Readonly<Record<string, string>>,
  clients: Pick<Clients, 'ec2'> & ConsumerPlace,
): Promise<LeftOut> {
  const { roles } = publish;
  const regions = Object.keys(images);
  const [closed, unusable, templates] = await Promise.all([
    findClosedConsumers({ name, roles, channels: [channel] }, regions, clients),
    findUnusable(images, roles, clients),
    findTemplates(templatesOf(publish, regions, [channel]), clients),
  ]);
  // A role that does not work is the cause of an image that is not visible.
  return leftOutOf([...unusable, ...closed], templates);
}
