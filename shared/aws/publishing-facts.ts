import { asksForFastLaunches } from '../build/fast-launch.ts';
import type { FastLaunchFacts, PublishingFacts } from '../build/plan-facts.ts';
import { templatesOf } from '../build/template-versions.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { Clients } from './clients.ts';
import { type ConsumerPlace, findClosedConsumers } from './consumer-accounts.ts';
import { readFastLaunchFacts } from './fast-launch-facts.ts';
import { findTemplates } from './launch-templates.ts';

/** Reads what must be known in these regions, all of which the account has enabled. */
export async function readPublishingFacts(
  { name, publish, image }: Pick<Recipe, 'name' | 'publish' | 'image'>,
  regions: readonly string[],
  place: Pick<Clients, 'ec2'> & ConsumerPlace,
): Promise<PublishingFacts> {
  const [closedConsumers, launchTemplates, fastLaunches] = await Promise.all([
    findClosedConsumers({ name, ...publish }, regions, place),
    findTemplates(templatesOf(publish, regions), place),
    asksForFastLaunches({ image }) ? readFastLaunchFacts({ name, image }, regions, place) : undefined,
  ]);
  return { closedConsumers, launchTemplates, ...(fastLaunches !== undefined && { fastLaunches }) };
}

/** The facts of all regions, of which each part has some. */
export function allPublishingFacts(parts: readonly PublishingFacts[]): PublishingFacts {
  const fastLaunches = parts.flatMap((part) => part.fastLaunches ?? []);
  return {
    closedConsumers: parts.flatMap((part) => part.closedConsumers),
    launchTemplates: parts.flatMap((part) => part.launchTemplates),
    ...(fastLaunches.length > 0 && { fastLaunches: allFastLaunchFacts(fastLaunches) }),
  };
}

const allFastLaunchFacts = (parts: readonly FastLaunchFacts[]): FastLaunchFacts => ({
  zones: new Map(parts.flatMap(({ zones }) => [...zones])),
  restored: new Map(parts.flatMap(({ restored }) => [...restored])),
  withoutDefaultVpc: parts.flatMap(({ withoutDefaultVpc }) => withoutDefaultVpc),
});
