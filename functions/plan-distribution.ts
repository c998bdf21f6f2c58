import type { EC2Client } from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
import { accountOf } from '../shared/arns.ts';
import { readChannels } from '../shared/aws/channels-table.ts';
import { dynamodb, ec2, kms } from '../shared/aws/clients.ts';
import { consumers } from '../shared/aws/consumer-clients.ts';
import { readTargetRegions } from '../shared/aws/facts.ts';
import { findInstance } from '../shared/aws/find-resources.ts';
import { readPublishingFacts } from '../shared/aws/publishing-facts.ts';
import { readReleasedImages, readUsers } from '../shared/aws/released-images.ts';
import { readTestNetworks } from '../shared/aws/test-networks.ts';
import { requireRecipe } from '../shared/build/channel-request.ts';
import type { PublishedRelease } from '../shared/build/channels.ts';
import { rolesOf, rolesThatSee } from '../shared/build/consumer-roles.ts';
import { copyWarnings } from '../shared/build/copying.ts';
import {
  type CopyTestFacts,
  chooseRelease,
  copyTestsRefusals,
  distributedShare,
  planDistribution,
  readDistribute,
  refusedDistribution,
  releaseRefusals,
  shareRefusals,
  shareWarnings,
  sourceRegion,
  testedRegions,
  withdrawnRefusals,
} from '../shared/build/distribution.ts';
import { type Distribution, eventOf, type Share } from '../shared/build/execution-document.ts';
import { fastLaunchWarnings } from '../shared/build/fast-launch.ts';
import type { RegionFacts } from '../shared/build/plan-facts.ts';
import { withoutAccount } from '../shared/build/sharing.ts';
import { copiedAs, copyRefusals, publishingRefusals } from '../shared/build/target-refusals.ts';
import { templatesOf } from '../shared/build/template-versions.ts';
import { versionOf } from '../shared/build/version.ts';
import { recipes } from '../shared/lambda/packaged-recipes.ts';
import { stage } from '../shared/lambda/stage.ts';
import type { DepsWith } from '../shared/lambda/step.ts';
import type { InstanceRecipe, Recipe } from '../shared/recipe/recipe.ts';
import { regionNames } from '../shared/recipe/regions.ts';
import { keyIn } from '../shared/recipe/stack-key.ts';

const needs = { consumers, dynamodb, ec2, kms, recipes };
type PlanDistributionDeps = DepsWith<typeof needs>;

/**
 * PlanDistribution: plans what to add to an existing release: copies in further regions, or permissions for further accounts. Or it refuses
 * the addition, with every reason that can be known before a copy. The next stages then work as in a build whose image is made: they test the
 * copies in `test.regions` of the recipe, too.
 * Safe to repeat: it only reads. It does not read the recipe's list of accounts: a copy gets the permissions of the release.
 */
export const handler = stage(
  'distribution',
  eventOf({ recipe: z.string(), distribute: z.unknown() }),
  async ({ execution, startTime, document }, deps): Promise<Distribution> => {
    const recipe = requireRecipe(document.recipe, deps.recipes);
    const distribute = readDistribute(document.distribute);
    const { region: home, stateMachine, table } = deps.settings;
    const channels = await readChannels({ dynamodb: deps.dynamodb, table }, recipe.name);
    const release = chooseRelease(recipe.name, distribute.version, channels);
    const source = sourceRegion(release, home);
    const needed = distribute.regions === undefined ? Object.keys(release.images) : [source];
    const found = await readReleasedImages(release, needed, deps);
    const images = new Map([...found].flatMap(([region, image]) => (image ? [[region, image]] : [])));
    const image = images.get(source);
    const reasons = releaseRefusals(distribute, release, found);
    if (image === undefined || reasons.length > 0) throw refusedDistribution(reasons);

    const users = new Map(
      await Promise.all(
        [...images].map(async ([region, one]) => [region, await readUsers(one, deps)] as const),
      ),
    );
    const ofSource = users.get(source) ?? { launch: [], createVolume: [] };
    const account = accountOf(stateMachine);
    const share = distributedShare(ofSource, distribute.accounts ?? []);
    const target = { regions: distribute.regions ?? regionsWithKeys(recipe, release.images), share };
    const facts = await readNewRegions(recipe, target, deps);
    const tested = testedRegions(distribute, recipe);
    const tests = await readCopyTests(recipe, tested, facts, deps);
    const { accounts } = distribute;
    const { publish } = recipe;
    const roles =
      accounts === undefined ? rolesThatSee(publish.roles, share) : rolesOf(publish.roles, accounts);
    const copied = copiedAs(recipe, { ...target, publish: { ...publish, roles } }, image);
    const published = distribute.regions === undefined ? forAccounts(copied, release) : copied;
    const open = published.regions.filter((region) => facts?.enabledRegions.has(region) ?? true);
    const publishing = await readPublishingFacts(published, open, deps);
    reasons.push(
      ...withdrawnRefusals(release, users, withoutAccount(recipe.share, account)),
      ...shareRefusals(distribute, ofSource, account),
      ...(facts === undefined ? [] : copyRefusals(copied, facts, image)),
      ...copyTestsRefusals(tested, recipe, tests, home),
      ...publishingRefusals(published, publishing, account),
    );
    if (reasons.length > 0) throw refusedDistribution(reasons);
    return {
      status: 'ready',
      document: planDistribution(distribute, {
        recipe,
        release,
        images,
        source: image,
        users,
        share,
        consumerRoles: roles,
        launchTemplates: templatesOf(published.publish, published.regions),
        keys: facts?.keys ?? new Map(),
        tests,
        home,
        distribution: versionOf(execution, startTime),
        warnings: [
          ...copyWarnings({ ...recipe, regions: distribute.regions ?? [] }, image.region),
          ...fastLaunchWarnings(published, { base: image, ...publishing }),
          ...shareWarnings(distribute, users),
        ],
      }),
    };
  },
  needs,
);

/** The regions of a release whose keys further accounts need, too. */
const regionsWithKeys = (recipe: Recipe, images: Readonly<Record<string, string>>): Recipe['regions'] =>
  regionNames.filter((region) => Object.hasOwn(images, region) && keyIn(region, recipe) !== undefined);

/** The images stay as they are: only the consumer accounts gain something, in all regions of the release. */
function forAccounts(copied: InstanceRecipe, { images }: PublishedRelease): InstanceRecipe {
  const { fastSnapshotRestore: _restore, fastLaunch: _launch, ...image } = copied.image;
  return {
    ...copied,
    regions: regionNames.filter((region) => Object.hasOwn(images, region)),
    publish: { ...copied.publish, launchTemplates: [] },
    image,
  };
}

/** Reads what the tests of the copies in these regions need. */
async function readCopyTests(
  recipe: Recipe,
  tested: Recipe['regions'],
  facts: RegionFacts | undefined,
  { ec2, settings: { region } }: PlanDistributionDeps,
): Promise<CopyTestFacts> {
  if (tested.length === 0 || facts === undefined) return { networks: new Map(), instanceTypes: [] };
  const instanceTypes = await testerTypes(recipe, ec2(region));
  if (instanceTypes.length === 0) return { networks: new Map(), instanceTypes };
  const networks = await readTestNetworks(
    { test: { ...recipe.test, regions: tested } },
    instanceTypes,
    facts,
    {
      ec2,
    },
  );
  return { networks, instanceTypes };
}

/** The instance types of the recipe; for a base that is an instance, its type. Empty: this instance does not exist. */
async function testerTypes({ base, build }: Recipe, client: EC2Client): Promise<readonly string[]> {
  if (!('instanceId' in base)) return build?.instanceTypes ?? [];
  const { InstanceType } = (await findInstance(client, base.instanceId)) ?? {};
  return InstanceType === undefined ? [] : [InstanceType];
}

/** Reads what Plan reads of target regions, because what Plan refuses is refused here, too. */
async function readNewRegions(
  { encryption }: Recipe,
  target: { regions: Recipe['regions']; share: Share },
  { settings, ...deps }: PlanDistributionDeps,
): Promise<RegionFacts | undefined> {
  if (target.regions.length === 0) return undefined;
  return readTargetRegions({ ...target, encryption }, { ...deps, ...settings });
}
