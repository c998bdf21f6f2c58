import * as z from 'zod/mini';
import { Conflict, InvalidInput } from '../errors.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { regionNames } from '../recipe/regions.ts';
import { releaseOf } from './channel-request.ts';
import type { Channels, PublishedRelease } from './channels.ts';
import { copiesOnly, plannedCopyTests } from './copy-test.ts';
import { copyTestRefusals } from './document-refusals.ts';
import type { EncryptionKey } from './encryption-key.ts';
import type { AnyPlan, Candidate, Copy, Distribution, Share } from './execution-document.ts';
import { asksForFastLaunches } from './fast-launch.ts';
import { refreshesIn } from './instance-refresh.ts';
import type { FoundImage, TestNetwork } from './plan-facts.ts';
import { isShared, type Permission } from './sharing.ts';
import { DISTRIBUTION, EXECUTION, HOME, OPTIONAL, RECIPE, ROLE, TRIAL, VERSION } from './tags.ts';
import type { Template } from './template-versions.ts';
import { temporaryWarnings } from './temporary-additions.ts';

const accountId = z.string().check(z.regex(/^[0-9]{12}$/));

/** What to add to a release: `distribute` in the input of an execution; docs/operations.md describes it. */
const distributeSchema = z.strictObject({
  regions: z.optional(z.array(z.enum(regionNames)).check(z.minLength(1))),
  accounts: z.optional(z.array(accountId).check(z.minLength(1))),
  /** Default: the newest release. */
  version: z.optional(z.string()),
});
export type Distribute = z.infer<typeof distributeSchema>;

/** The input of an execution that adds something to a release. */
export interface DistributionRequest {
  /** The name of a deployed recipe. */
  readonly recipe: string;
  readonly distribute: Distribute;
}

/** Reads `distribute`. Regions and accounts are separate additions: each has its own gates. */
export function readDistribute(given: unknown): Distribute {
  const { success, data } = distributeSchema.safeParse(given);
  if (success && (data.regions === undefined) !== (data.accounts === undefined)) return data;
  throw new InvalidInput(
    'distribute in the input must have either regions (a list of regions) or accounts (a list of account ids of 12 digits), and can have ' +
      `a version, but it is ${JSON.stringify(given)}`,
  );
}

/** The release to add to: the requested one, or the newest. */
export function chooseRelease(
  recipe: string,
  version: string | undefined,
  channels: Channels,
): PublishedRelease {
  const [newest] = channels.releases;
  if (version !== undefined) return releaseOf(recipe, version, channels);
  if (newest !== undefined) return newest;
  throw new InvalidInput(`The recipe ${recipe} has no releases. Bake ${recipe} first`);
}

/** An image of the release in one region, as EC2 describes it now. */
export interface ImageOfRelease extends FoundImage {
  readonly region: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly description: string;
  readonly deregistrationProtection?: 'on' | 'with-cooldown' | undefined;
}

/** Who can use an image of the release now. */
export interface ImageUsers {
  readonly launch: readonly Permission[];
  /** Who can create volumes from its snapshots. */
  readonly createVolume: readonly Permission[];
}

/** The image in the region of the deployment, or the first one if the release has none there. It is the source of copies. */
export const sourceRegion = ({ images }: PublishedRelease, home: string): string =>
  Object.hasOwn(images, home) ? home : (Object.keys(images)[0] ?? home);

/** Reasons not to add to a release, each with a fix. `images`: those that are read; `undefined`: the image does not exist. */
export function releaseRefusals(
  { regions = [] }: Distribute,
  release: PublishedRelease,
  images: ReadonlyMap<string, ImageOfRelease | undefined>,
): string[] {
  const has = regions.filter((region) => Object.hasOwn(release.images, region));
  const unfit = [...images].flatMap(([region, image]) => {
    const named = `the image ${release.images[region]} of the release in ${region}`;
    if (image === undefined) return [`${named} does not exist: choose another release`];
    if (image.state !== 'available')
      return [`${named} is ${image.state}, not available: choose another release`];
    if (image.tags[ROLE] !== 'release' || image.tags[VERSION] !== release.version)
      return [`${named} does not have the tags of a released image: choose another release`];
    return [];
  });
  return [
    ...has.map((region) => `the release already has the image ${release.images[region]} in ${region}`),
    ...unfit,
  ];
}

/** Who can use the release from now on. A copy gets the permissions of the release, because the recipe may have changed since. */
export function distributedShare({ launch, createVolume }: ImageUsers, accounts: readonly string[]): Share {
  const valuesOf = (key: string) =>
    launch.flatMap((permission) =>
      Object.entries(permission).flatMap(([kind, value]) => (kind === key ? [String(value)] : [])),
    );
  return {
    accounts: [...new Set([...valuesOf('UserId'), ...accounts])],
    organizations: valuesOf('OrganizationArn'),
    organizationalUnits: valuesOf('OrganizationalUnitArn'),
    public: valuesOf('Group').includes('all'),
    ...(createVolume.length > 0 && { copyable: true }),
  };
}

/**
 * Reasons why the images that nobody else can launch get nothing more. Someone has withdrawn them by hand, and an addition would share them
 * again. `wanted`: the recipe's list. If it is empty, such images are as they should be.
 */
export function withdrawnRefusals(
  { images }: PublishedRelease,
  users: ReadonlyMap<string, ImageUsers>,
  wanted: Share,
): string[] {
  if (!isShared(wanted)) return [];
  const withdrawn = [...users].filter(([, { launch }]) => launch.length === 0);
  return withdrawn.map(
    ([region]) =>
      `no other account can launch the image ${images[region]} of the release in ${region}, although the recipe shares its images, so the ` +
      'release may have been withdrawn: choose another release, or share the image again with aws ec2 modify-image-attribute',
  );
}

/**
 * Who gets an image of an addition, by who can use its source now. An account that has lost its access since the plan does not get it back.
 */
export function shareNow(
  plan: Pick<AnyPlan, 'sharedIn'>,
  { region, imageId }: { region: string; imageId: string },
  now: ImageUsers,
  accounts: readonly string[],
): Share {
  if (now.launch.length === 0 && plan.sharedIn?.includes(region))
    throw new Conflict(
      `No other account can launch the image ${imageId} in ${region} any more: the release was withdrawn after this addition was planned`,
    );
  return distributedShare(now, accounts);
}

/** The regions of an addition in which the recipe tests the copy before it is shared. */
export const testedRegions = ({ regions = [] }: Distribute, { test }: Recipe): Recipe['regions'] =>
  regions.filter((region) => test.regions.includes(region));

/** What the tests of the copies need: for each region, what there is for a tester, and the instance types of the recipe. */
export interface CopyTestFacts {
  readonly networks: ReadonlyMap<string, TestNetwork>;
  /** In the order of preference. Empty: the base is an instance that does not exist any more. */
  readonly instanceTypes: readonly string[];
}

/** Reasons why a copy could not be tested as the recipe says. `home`: the region of the deployment, in which only builds launch testers. */
export function copyTestsRefusals(
  tested: readonly string[],
  { name, base }: Recipe,
  { networks, instanceTypes }: CopyTestFacts,
  home: string,
): string[] {
  if (tested.length === 0) return [];
  const buildAgain = `build again (golden bake ${name})`;
  if (instanceTypes.length === 0 && 'instanceId' in base) {
    return [
      `the recipe tests the copies in ${tested.join(', ')} (test.regions) on instances of the type of ${base.instanceId}, but this instance ` +
        `does not exist any more: choose another instance in base.instanceId, or remove ${tested.join(', ')} from test.regions, and ${buildAgain}`,
    ];
  }
  return [
    ...(tested.includes(home)
      ? [
          `the recipe tests the image in ${home} (test.regions), and a later addition tests copies only outside the region of the deployment: ` +
            buildAgain,
        ]
      : []),
    ...[...networks].flatMap(([region, network]) => copyTestRefusals(region, network)),
  ];
}

/** Reasons why sharing with further accounts has no effect. */
export function shareRefusals(
  { accounts = [] }: Distribute,
  { launch }: ImageUsers,
  owner: string,
): string[] {
  if (accounts.length === 0) return [];
  return [
    ...(launch.some((permission) => 'Group' in permission)
      ? ['the release is public, so every account can launch it already']
      : []),
    ...(accounts.includes(owner) ? [`the account ${owner} owns the release: name another account`] : []),
  ];
}

type LaunchUsers = ReadonlyMap<string, Pick<ImageUsers, 'launch'>>;

/** The further accounts that could launch all images of the release before. */
const knownAccounts = ({ accounts = [] }: Distribute, users: LaunchUsers): string[] =>
  accounts.filter((account) =>
    [...users.values()].every(({ launch }) =>
      launch.some((permission) => 'UserId' in permission && permission.UserId === account),
    ),
  );

/** Which of the further accounts gain nothing. This is no refusal, so that a repeated request succeeds. */
export const shareWarnings = (distribute: Distribute, users: LaunchUsers): string[] =>
  knownAccounts(distribute, users).map(
    (account) => `The account ${account} could already launch the release in all its regions`,
  );

export const refusedDistribution = (reasons: readonly string[]): InvalidInput =>
  new InvalidInput(`Nothing was changed, because ${reasons.join('; and ')}`);

/** What the plan of an addition needs besides the request. */
export interface DistributionFacts {
  readonly recipe: Recipe;
  readonly release: PublishedRelease;
  /** The images that are read, by region: all of them for further accounts, otherwise only the source. */
  readonly images: ReadonlyMap<string, ImageOfRelease>;
  readonly source: ImageOfRelease;
  /** Who can use the images now, by region. */
  readonly users: ReadonlyMap<string, ImageUsers>;
  readonly share: Share;
  /** The roles of the consumer accounts that gain parameters. */
  readonly consumerRoles: readonly string[];
  /** The launch templates in the new regions. */
  readonly launchTemplates: readonly Template[];
  /** The keys that the recipe names for the new regions. */
  readonly keys: ReadonlyMap<string, EncryptionKey>;
  readonly tests: CopyTestFacts;
  /** The region of the deployment. */
  readonly home: string;
  /** The version that a build of this execution would have. */
  readonly distribution: string;
  readonly warnings: readonly string[];
}

/** The document of an execution that adds something to a release, as a build has it after CreateImage. */
export function planDistribution(distribute: Distribute, facts: DistributionFacts): Distribution['document'] {
  const { regions, accounts } = distribute;
  const { recipe, release, images, source, users, share, keys, tests, home, distribution } = facts;
  const warnings = [...facts.warnings, ...temporaryWarnings(distribute, recipe)];
  const { consumerRoles, launchTemplates } = facts;
  const { imageId, name, owner, architecture, products } = source;
  const sharedIn = [...users].flatMap(([region, { launch }]) => (launch.length > 0 ? [region] : []));
  const plan: AnyPlan = {
    recipe: recipe.name,
    description: source.description,
    version: release.version,
    platform: recipe.platform,
    region: home,
    base: { imageId, name, owner, architecture, products: [...products] },
    regions: regions ?? [...images.keys()],
    image: {
      imds: source.imds ?? 'optional',
      ...(source.deprecatedAt !== undefined && { deprecateAt: source.deprecatedAt }),
      ...(source.deregistrationProtection && { deregistrationProtection: source.deregistrationProtection }),
    },
    ...(recipe.copy && { copyMinutes: recipe.copy.completionMinutes }),
    ...(keys.size > 0 && { keys: Object.fromEntries([...keys].map(([where, { id }]) => [where, id])) }),
    share,
    ...(tests.networks.size > 0 && {
      test: copiesOnly(plannedCopyTests(tests.networks, tests.instanceTypes)),
    }),
    ...(asksForFastLaunches(recipe) && { accelerate: true as const }),
    ...(refreshesIn(recipe, regions ?? []) && { refreshInstances: true as const }),
    tags: ownTags(source.tags),
    ...(consumerRoles.length > 0 && { consumerRoles: [...consumerRoles] }),
    ...(launchTemplates.length > 0 && { launchTemplates: [...launchTemplates] }),
    ...(TRIAL in source.tags && { trial: true }),
    distribution,
    ...(sharedIn.length > 0 && { sharedIn }),
    ...(accounts && knownAccounts(distribute, users).length === accounts.length && { alreadyShared: true }),
    ...(warnings.length > 0 && { warnings }),
  };
  const candidate: Candidate = {
    status: 'ready',
    imageId,
    region: source.region,
    name,
    snapshotIds: [...source.snapshotIds],
  };
  if (regions !== undefined) return { plan, candidate };
  return { plan, candidate, copies: { status: 'ready', regions: [...images.values()].map(copyOf) } };
}

/** The tags of the recipe when the image was built. */
function ownTags(tags: ImageOfRelease['tags']): Record<string, string> {
  const ours = new Set([DISTRIBUTION, EXECUTION, HOME, OPTIONAL, RECIPE, ROLE, TRIAL, VERSION, 'Name']);
  return Object.fromEntries(
    Object.entries(tags).filter(([key]) => !ours.has(key) && !key.toLowerCase().startsWith('aws:')),
  );
}

const copyOf = ({ region, imageId, name, snapshotIds }: ImageOfRelease): Copy => ({
  region,
  state: 'available',
  attempt: 1,
  imageId,
  name,
  snapshotIds: [...snapshotIds],
  failures: [],
  said: 'available',
});
