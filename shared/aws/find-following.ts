import type { ChosenMove } from '../build/channel-request.ts';
import { type LeftOut, leftOutOf } from '../build/left-out.ts';
import { isFollowing, type Template, templatesOf } from '../build/template-versions.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { Clients } from './clients.ts';
import { type ConsumerPlace, findClosedConsumers } from './consumer-accounts.ts';
import { findUnusable } from './images.ts';
import { findTemplates } from './launch-templates.ts';

/** The launch templates that a rollback gives versions, and the consumer accounts and launch templates that cannot follow it. */
export async function findFollowing(
  { name, publish }: Pick<Recipe, 'name' | 'publish'>,
  { channel, release: { version, images } }: ChosenMove,
  clients: Pick<Clients, 'ec2'> & ConsumerPlace,
): Promise<{ readonly templates: readonly Template[]; readonly leftOut: LeftOut }> {
  const { roles } = publish;
  const regions = Object.keys(images);
  const all = templatesOf(publish, regions, [channel]);
  const [closed, unusable, found] = await Promise.all([
    findClosedConsumers({ name, roles, channels: [channel] }, regions, clients),
    findUnusable(images, roles, clients),
    findTemplates(all, clients),
  ]);
  const unreadable = found.filter(({ reason }) => reason !== undefined);
  // The parameter rolls a template back that names it.
  const readable = found.filter((one) => one.reason === undefined && !isFollowing(one));
  return {
    templates: all.filter(({ id, region }) => readable.some((one) => one.id === id && one.region === region)),
    leftOut: leftOutOf(
      {
        closed: [...unusable.filter(({ isUnread }) => isUnread), ...closed],
        unlaunchable: unusable.filter(({ isUnread }) => !isUnread),
        templates: unreadable,
      },
      { recipe: name, to: version },
    ),
  };
}
