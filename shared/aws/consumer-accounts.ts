import { GetParametersCommand } from '@aws-sdk/client-ssm';
import type { ClosedConsumer } from '../build/consumer-roles.ts';
import { channelParameter } from '../build/publication.ts';
import { Denied, Refused } from '../errors.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { Consumers } from './consumer-clients.ts';

/** The clients in consumer accounts, and the recipes of the deployment, which has the permission to assume their roles. */
export interface ConsumerPlace {
  readonly consumers: Consumers;
  readonly recipes: Readonly<Record<string, Pick<Recipe, 'publish'>>>;
}

/**
 * The consumer accounts and regions in which the parameters of a recipe cannot be read, and why: the role cannot be assumed, it has no
 * permission, or the account has not enabled the region. Reading changes nothing, and it finds everything but a missing permission to write.
 */
export async function findClosedConsumers(
  { name, roles, channels }: { name: string; roles: readonly string[]; channels: readonly string[] },
  regions: readonly string[],
  { consumers, recipes }: ConsumerPlace,
): Promise<ClosedConsumer[]> {
  const isDeployed = (role: string) =>
    Object.values(recipes).some(({ publish }) => publish.roles.includes(role));
  const Names = channels.map((channel) => channelParameter(name, channel));
  const found = await Promise.all(
    roles.flatMap((role) =>
      regions.map(async (region): Promise<ClosedConsumer[]> => {
        try {
          await consumers(role).ssm(region).send(new GetParametersCommand({ Names }));
          return [];
        } catch (error) {
          if (!(error instanceof Denied || error instanceof Refused)) throw error;
          return [{ role, region, reason: error.message, isDeployed: isDeployed(role) }];
        }
      }),
    ),
  );
  return found.flat();
}
