import { InvalidInput } from '../errors.ts';
import type { BuiltRecipe, CopiedRecipe, InstanceRecipe, Recipe } from '../recipe/recipe.ts';
import { baseRefusals, instanceRefusals } from './base-refusals.ts';
import { builderRefusals } from './builder-refusals.ts';
import { copiedBaseRefusals, copiedBaseWarnings } from './copied-base.ts';
import { plannedCopyTests } from './copy-test.ts';
import { deprecationWarnings } from './deprecated-base.ts';
import { documentRefusals, testRefusals } from './document-refusals.ts';
import type { AnyPlan, CopyPlan, FailedRegion, InstancePlan, Plan, TestPlan } from './execution-document.ts';
import { asksForFastLaunches } from './fast-launch.ts';
import { notInImage, plannedAttributes } from './image-attributes.ts';
import type { AnyPlanContext, Facts, InstanceFacts, PlanContext, TargetFacts } from './plan-facts.ts';
import { planWarnings } from './plan-warnings.ts';
import { plannedBase, volumesOf } from './planned-base.ts';
import { withoutAccount } from './sharing.ts';
import { targetRefusals } from './target-refusals.ts';
import { templatesOf } from './template-versions.ts';

/**
 * Returns the plan of a build, or throws with all reasons to refuse the build that can be known before a launch. Each reason names the
 * field of the recipe or the resource, and ends with a colon and the fix.
 */
export function planBuild(requested: BuiltRecipe, facts: Facts, context: PlanContext): Plan {
  const { base } = facts;
  const targets = withTargets(requested, facts);
  const { recipe } = targets;
  const reasons = [
    ...baseRefusals(recipe, facts, context),
    ...builderRefusals(recipe, facts),
    ...documentRefusals(recipe, facts, context),
    ...targetRefusals(recipe, facts),
  ];
  if (base === undefined || reasons.length > 0) throw refused(reasons);
  const warnings = planWarnings(
    targets,
    facts,
    context,
    deprecationWarnings(recipe, base, context.startTime),
  );
  return {
    ...everyPlan(recipe, facts, context, warnings),
    ...plannedOptional(targets),
    ...plannedTest(recipe, facts, context, {
      scan: recipe.patch.install,
      instanceTypes: recipe.build.instanceTypes,
      subnets: facts.subnets.map(({ id }) => id),
      ...(recipe.patch.patchGroup && { patchGroup: recipe.patch.patchGroup }),
    }),
    base: plannedBase(base, recipe.build),
    ...(notInImage(recipe).length === 0 ? {} : { notInImage: notInImage(recipe) }),
    instanceTypes: recipe.build.instanceTypes,
    subnets: facts.subnets.map(({ id }) => id),
    volumes: recipe.build.volumes,
    ...(recipe.encryption && { baseVolumes: volumesOf(base).map(({ device }) => device) }),
    ssmAgent: recipe.build.ssmAgent,
    buildDocument: context.buildDocument,
    // Pins the version, because a deployment during the build adds another version. Pins the latest version and not the default version,
    // because CloudFormation does not always make a new version the default (aws-cloudformation/cloudformation-coverage-roadmap#2539).
    buildDocumentVersion: facts.documents.get(context.buildDocument)?.latestVersion ?? '',
    stepsDocument: facts.stepsDocument ?? '',
    steps: context.steps?.steps ?? {},
    patch: recipe.patch,
  };
}

/** Returns the plan of a build whose image is an unchanged copy of its base image, or throws. */
export function planCopy(requested: CopiedRecipe, facts: Facts, context: AnyPlanContext): CopyPlan {
  const { base } = facts;
  const targets = withTargets(requested, facts);
  const { recipe } = targets;
  const reasons = [
    ...baseRefusals(recipe, facts, context),
    ...copiedBaseRefusals(recipe, facts),
    ...builderRefusals(recipe, facts),
    ...testRefusals(recipe, facts, context),
    ...targetRefusals(recipe, facts),
  ];
  if (base === undefined || !('imageId' in base) || reasons.length > 0) throw refused(reasons);
  const { imageId, name, owner, architecture, products } = base;
  const warnings = planWarnings(targets, facts, context, [
    ...copiedBaseWarnings(facts),
    ...deprecationWarnings(recipe, base, context.startTime),
  ]);
  return {
    ...everyPlan(recipe, facts, context, warnings),
    ...plannedOptional(targets),
    // The pipeline installs no updates, so the image need not have all of them. Everything else is checked as for a built image.
    ...plannedTest(recipe, facts, context, {
      scan: false,
      instanceTypes: recipe.build.instanceTypes,
      subnets: facts.subnets.map(({ id }) => id),
    }),
    base: { imageId, name, owner, architecture, products: [...products] },
    copyBase: true,
  };
}

/** Returns the plan of a build from an instance, which is imaged without changes, or throws. */
export function planImaging(
  requested: InstanceRecipe,
  facts: InstanceFacts,
  context: AnyPlanContext,
): InstancePlan {
  const { base } = facts;
  const targets = withTargets(requested, facts);
  const { recipe } = targets;
  const reasons = [
    ...instanceRefusals(recipe, facts),
    ...testRefusals(recipe, facts, { ...context, checkDocument: '' }),
    ...targetRefusals(recipe, facts),
  ];
  if (base === undefined || reasons.length > 0) throw refused(reasons);
  const { instanceId, instanceType, name, architecture, reboot } = base;
  const warnings = planWarnings(targets, facts, context, []);
  return {
    ...everyPlan(recipe, facts, context, warnings),
    ...plannedOptional(targets),
    // The instance is imaged without changes: its owner decides about updates and about the identity of the machine.
    ...plannedTest(
      recipe,
      facts,
      { ...context, checkDocument: '' },
      {
        scan: false,
        instanceTypes: [instanceType],
        subnets: [...facts.subnets],
      },
    ),
    base: { instanceId, name, architecture, reboot },
  };
}

/** What a build makes, and where. */
interface TargetedRecipe<R extends Recipe> {
  readonly requested: R;
  /** The recipe with all target regions in `regions`, and without the accounts that need no permission. */
  readonly recipe: R;
  /** The optional regions of the build. */
  readonly optionalRegions: readonly string[];
  /** The optional regions that the build leaves out from the start. */
  readonly failedRegions: FailedRegion[];
}

function withTargets<R extends Recipe>(requested: R, facts: Facts | InstanceFacts): TargetedRecipe<R> {
  const share = withoutAccount(requested.share, facts.account);
  const wanted = requested.optionalRegions.map((region) => {
    const recipe = { ...requested, share, regions: [region] };
    const unreadable = facts.unreadable.get(region);
    return { region, reasons: unreadable === undefined ? targetRefusals(recipe, facts) : [unreadable] };
  });
  const regions = wanted.flatMap(({ region, reasons }) => (reasons.length === 0 ? [region] : []));
  const failedRegions = wanted.flatMap(({ region, reasons }) =>
    reasons.length === 0 ? [] : [{ region, reason: reasons.join('; and ') }],
  );
  const recipe = { ...requested, share, regions: [...requested.regions, ...regions] };
  return { requested, recipe, optionalRegions: regions, failedRegions };
}

const plannedOptional = ({
  optionalRegions,
  failedRegions,
}: Pick<TargetedRecipe<Recipe>, 'optionalRegions' | 'failedRegions'>) => ({
  ...(optionalRegions.length > 0 && { optionalRegions: [...optionalRegions] }),
  ...(failedRegions.length > 0 && { failedRegions }),
});

/** The test of the image, unless the recipe turns it off. */
function plannedTest(
  { test, gates }: Recipe,
  facts: TargetFacts,
  { checkDocument, tests }: AnyPlanContext,
  tester: Pick<TestPlan, 'scan' | 'instanceTypes' | 'subnets' | 'patchGroup'>,
): Pick<AnyPlan, 'test'> {
  if (!test.boot) return {};
  return {
    test: {
      checkDocument,
      checkDocumentVersion: facts.documents.get(checkDocument)?.latestVersion ?? '',
      testsDocument: facts.testsDocument ?? '',
      tests: tests?.steps ?? {},
      ...tester,
      ...(gates?.cve && { cve: gates.cve }),
      ...(facts.testNetworks.size > 0 && {
        copies: plannedCopyTests(facts.testNetworks, tester.instanceTypes),
      }),
    },
  };
}

const refused = (reasons: readonly string[]) =>
  new InvalidInput(`Nothing was launched, because ${reasons.join('; and ')}`);

function everyPlan(
  recipe: Recipe,
  { region, keys }: TargetFacts,
  { version, startTime }: Pick<PlanContext, 'version' | 'startTime'>,
  warnings: string[],
): Omit<AnyPlan, 'base'> {
  const { name, description, platform, regions, share, publish, tags, gates } = recipe;
  const [channel] = publish.channels;
  const launchTemplates = templatesOf(publish, regions);
  const image = plannedAttributes(recipe.image, startTime);
  const copyMinutes = recipe.copy?.completionMinutes;
  const plan = {
    recipe: name,
    description,
    version,
    platform,
    region,
    regions,
    image,
    ...(copyMinutes === undefined ? {} : { copyMinutes }),
    // Their ARNs: if an alias moves to another key during the build, all volumes and copies still have the keys that Plan checked.
    ...(keys.size > 0 && { keys: Object.fromEntries([...keys].map(([where, { id }]) => [where, id])) }),
    share,
    channel,
    ...(publish.roles.length > 0 && { consumerRoles: publish.roles }),
    ...(launchTemplates.length > 0 && { launchTemplates }),
    ...(asksForFastLaunches(recipe) && { accelerate: true as const }),
    ...(publish.instanceRefresh !== undefined && { refreshInstances: true as const }),
    tags,
    ...(gates?.approval === undefined ? {} : { approval: gates.approval }),
  };
  return warnings.length === 0 ? plan : { ...plan, warnings };
}
