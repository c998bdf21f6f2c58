import type { BuiltRecipe, Recipe, RecipeStep } from '../recipe/recipe.ts';
import type { StepList } from '../recipe/steps-document.ts';
import type { AnyPlanContext, Facts, PlanContext, TargetFacts, TestNetwork } from './plan-facts.ts';
import { STEPS } from './tags.ts';

export function documentRefusals(recipe: BuiltRecipe, facts: Facts, context: PlanContext): string[] {
  const { region } = facts;
  const { buildDocument, steps } = context;
  const reasons: string[] = [];
  if (!facts.documents.has(buildDocument)) reasons.push(notDeployed(buildDocument, region));
  if (steps !== undefined && facts.stepsDocument === undefined) {
    reasons.push(
      `the recipe's steps are not deployed (${facts.region} has no SSM document with the tag ${STEPS}=${steps.digest}): ` +
        'deploy the recipe first, or leave steps out of the overrides and of the inline recipe',
    );
  }
  return [
    ...reasons,
    ...namedDocumentRefusals(recipe, 'steps', facts),
    ...testRefusals(recipe, facts, context),
  ];
}

export function testRefusals(
  recipe: Recipe,
  facts: TargetFacts,
  { checkDocument, tests }: AnyPlanContext,
): string[] {
  if (!recipe.test.boot) return [];
  const { region } = facts;
  const reasons: string[] = [];
  if (checkDocument !== '' && !facts.documents.has(checkDocument))
    reasons.push(notDeployed(checkDocument, region));
  if (tests !== undefined && facts.testsDocument === undefined) {
    reasons.push(
      `the recipe's tests are not deployed (${region} has no SSM document with the tag ${STEPS}=${tests.digest}): ` +
        'deploy the recipe first, or leave tests out of the overrides and of the inline recipe',
    );
  }
  return [
    ...reasons,
    ...namedDocumentRefusals(recipe, 'tests', facts),
    ...[...facts.testNetworks].flatMap(([one, network]) => copyTestRefusals(one, network)),
    ...cveRefusals(recipe, facts),
  ];
}

/** Why no tester of a copy could run in a region. */
export function copyTestRefusals(
  region: string,
  { subnets, hasOutboundRules, instanceTypes }: TestNetwork,
): string[] {
  const orRemove = `or remove ${region} from test.regions`;
  const reasons: string[] = [];
  if (subnets.length === 0) {
    reasons.push(
      `test.regions: ${region} has no default VPC with subnets: add one (aws ec2 create-default-vpc --region ${region}, ` +
        `or create-default-subnet), ${orRemove}`,
    );
  } else if (!hasOutboundRules) {
    reasons.push(
      `test.regions: the default security group of the default VPC in ${region} has no outbound rules, so no instance there can reach ` +
        `Systems Manager: add an outbound rule for HTTPS, ${orRemove}`,
    );
  }
  if (instanceTypes.length === 0) {
    reasons.push(
      `test.regions: ${region} has none of the instance types of the build: add a type that ${region} has to build.instanceTypes, ${orRemove}`,
    );
  }
  return reasons;
}

/** The tag that keeps Inspector away from an instance (Inspector user guide, "Excluding instances from scans"). */
const EXCLUDED_FROM_SCANS = 'InspectorEc2Exclusion';

function cveRefusals({ gates, tags }: Recipe, { region, scansForCves }: TargetFacts): string[] {
  if (gates?.cve === undefined) return [];
  const reasons: string[] = [];
  if (scansForCves !== true) {
    reasons.push(
      `Amazon Inspector does not scan EC2 instances in ${region}, so nothing is known for gates.cve: enable the scans ` +
        `(aws inspector2 enable --resource-types EC2 --region ${region}; AWS charges for every instance that Inspector scans), or remove gates.cve`,
    );
  }
  if (EXCLUDED_FROM_SCANS in tags) {
    reasons.push(
      `Amazon Inspector does not scan instances with the tag ${EXCLUDED_FROM_SCANS}: remove it from tags, or remove gates.cve`,
    );
  }
  return reasons;
}

const notDeployed = (document: string, region: string) =>
  `${region} has no SSM document ${document}, a part of the deployment: remove the pipeline and deploy it again (docs/operations.md)`;

/** Checks the documents that a list of steps or tests names, and their parameters. */
function namedDocumentRefusals(recipe: Recipe, list: StepList, facts: TargetFacts): string[] {
  const { region, documents } = facts;
  const named = recipe[list].flatMap((item) => ('document' in item ? [item.document] : []));
  const missing = [...new Set(named)].filter((name) => !documents.has(name));
  const reasons = recipe[list].flatMap((item) => parameterRefusals(item, list, facts));
  if (missing.length === 0) return reasons;
  return [
    `${region} has no SSM document ${missing.join(', ')}: correct document in ${list} (aws ssm list-documents --region ${region} ` +
      '--filters Key=DocumentType,Values=Command lists the documents), or create the document',
    ...reasons,
  ];
}

/** Checks that a step gives its document all required parameters and no unknown ones. */
function parameterRefusals(item: RecipeStep, list: StepList, { documents }: TargetFacts): string[] {
  const found = 'document' in item ? documents.get(item.document) : undefined;
  if (!('document' in item) || found === undefined) return [];
  const step = `the ${list === 'steps' ? 'step' : 'test'} "${item.name}"`;
  if (found.type !== 'Command') {
    return [
      `${step} runs ${item.document}, an SSM document of type ${found.type}, but only the type Command is allowed: ` +
        'choose a Command document',
    ];
  }
  const accepted = found.parameters;
  const given = Object.keys(item.parameters ?? {});
  const unknown = given.filter((name) => !accepted.has(name));
  const missing = [...accepted].flatMap(([name, isRequired]) =>
    isRequired && !given.includes(name) ? [name] : [],
  );
  const all = [...accepted.keys()].join(', ') || 'no parameters';
  return [
    ...(unknown.length > 0
      ? [
          `${step} gives ${item.document} the unknown parameters ${unknown.join(', ')}, but ${item.document} accepts ${all}: ` +
            'correct or remove the unknown parameters',
        ]
      : []),
    ...(missing.length > 0
      ? [
          `${step} does not give ${item.document} the required parameters ${missing.join(', ')}: add them to parameters`,
        ]
      : []),
  ];
}
