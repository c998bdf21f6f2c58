import { nearest } from '../shared/recipe/nearest.ts';
import type { OpenedRecipe } from '../shared/recipe/open-recipe.ts';
import type { Problem } from '../shared/recipe/problem.ts';
import { quote } from '../shared/recipe/problem.ts';
import { foreignRegionFix, regionMessage, regionNames } from '../shared/recipe/regions.ts';

/** The input of a packaging or deployment: options of the command line, parameters of serverless.yml, and recipes. */
export interface DeploymentSettings {
  readonly stage: string;
  readonly region: string;
  /** The `--param` options, as `name=value`. */
  readonly given: readonly string[];
  /** The `params` of serverless.yml by stage. `default` applies to all stages and contains every allowed parameter. */
  readonly params: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
  readonly recipes: readonly OpenedRecipe[];
  /** Whether the command deploys. Otherwise it only packages. */
  readonly deploys: boolean;
}

/** The only stage that can be packaged with example accounts from AWS's documentation. It cannot be deployed with them. */
const TRIAL_STAGE = 'dev';

const IN_FILE = 'serverless.yml';

/** All problems of a deployment that can be found without an AWS account. */
export function checkDeployment(deployment: DeploymentSettings): Problem[] {
  const { params, stage, region, deploys } = deployment;
  const known = Object.keys(params.default ?? {});
  const parameters = [...inFile(deployment), ...onCommandLine(deployment)];
  const values = valuesOf(parameters);
  const wrongStage = checkStage(stage);
  // Whether examples are allowed depends on the stage, so they are checked only for a valid stage.
  const mayHaveExamples = wrongStage.length > 0 || (stage === TRIAL_STAGE && !deploys);
  return [
    ...wrongStage,
    ...checkRegion('the command line', '--region', region),
    ...parameters.flatMap((parameter) => checkName(parameter, known)),
    ...[...values.values()].flatMap(checkValue),
    ...checkNetwork(values),
    ...checkStageRegion(values, region),
    ...(mayHaveExamples ? [] : checkExamples(deployment.recipes, values)),
  ];
}

/** The region that the parameters set for a stage. */
export function regionOfStage(
  deployment: Pick<DeploymentSettings, 'stage' | 'given' | 'params'>,
): string | undefined {
  return valuesOf([...inFile(deployment), ...onCommandLine(deployment)]).get('region')?.value;
}

interface Parameter {
  readonly file: string;
  readonly field: string;
  readonly name: string;
  readonly value: string;
  /** Whether the value is a string in YAML, and not a number or a list. */
  readonly isString: boolean;
  /** Whether the parameter applies to this stage. */
  readonly applies: boolean;
}

/** The parameters that apply to this stage. If a name occurs several times, the last parameter wins. */
function valuesOf(parameters: readonly Parameter[]): ReadonlyMap<string, Parameter> {
  return new Map(parameters.filter(({ applies }) => applies).map((parameter) => [parameter.name, parameter]));
}

function inFile({ params, stage }: Pick<DeploymentSettings, 'params' | 'stage'>): Parameter[] {
  // The parameters of the stage come last, so that they win.
  const sections = Object.entries(params).toSorted(
    ([a], [b]) => Number(a !== 'default') - Number(b !== 'default'),
  );
  return sections.flatMap(([section, values]) =>
    Object.entries(values ?? {}).flatMap(([name, value]) => {
      if (section === 'default' && value === null) return [];
      const field = `params.${section}.${name}`;
      const isString = typeof value === 'string' || value === null;
      const applies = section === 'default' || section === stage;
      return [{ file: IN_FILE, field, name, value: String(value ?? ''), isString, applies }];
    }),
  );
}

function onCommandLine({ given }: Pick<DeploymentSettings, 'given'>): Parameter[] {
  return given.map((text) => {
    const [name = '', ...rest] = text.split('=');
    const field = `--param ${name}`;
    return { file: 'the command line', field, name, value: rest.join('='), isString: true, applies: true };
  });
}

function checkStage(stage: string): Problem[] {
  if (/^[a-z][a-z0-9-]{0,19}$/.test(stage)) return [];
  return [
    problem('the command line', '--stage', {
      found: quote(stage),
      allowed: 'at most 20 lower-case letters, digits and hyphens, starting with a letter',
      fix: 'use a name such as prod',
    }),
  ];
}

function checkRegion(file: string, field: string, region: string): Problem[] {
  if ((regionNames as readonly string[]).includes(region)) return [];
  const near = nearest(region, regionNames);
  return [
    problem(file, field, {
      found: `${quote(region)}, ${regionMessage.wrong}`,
      allowed: regionMessage.allowed,
      fix:
        foreignRegionFix(region) ??
        (near === undefined ? 'use the code of the region to deploy to' : `did you mean ${near}?`),
    }),
  ];
}

function checkName({ file, field, name }: Parameter, known: readonly string[]): Problem[] {
  if (known.includes(name)) return [];
  const near = nearest(name, known);
  return [
    problem(file, field, {
      found: 'an unknown parameter',
      allowed: known.join(', '),
      fix: near === undefined ? 'remove the parameter' : `did you mean ${near}?`,
    }),
  ];
}

/** The allowed values of the parameters. */
const forms: Readonly<Record<string, { pattern: RegExp; allowed: string; fix: string }>> = {
  vpc: {
    pattern: /^vpc-([0-9a-f]{8}|[0-9a-f]{17})$/,
    allowed: 'a VPC id: vpc- followed by 8 or 17 hexadecimal digits',
    fix: 'copy the id from the VPC console, or remove vpc and subnets',
  },
  subnets: {
    pattern: /^subnet-([0-9a-f]{8}|[0-9a-f]{17})(,subnet-([0-9a-f]{8}|[0-9a-f]{17})){0,19}$/,
    allowed: '1 to 20 subnet ids, separated by commas without spaces',
    fix: 'write subnets=subnet-0123456789abcdef0,subnet-0123456789abcdef1',
  },
  permissionsBoundary: {
    pattern: /^arn:aws:iam::(aws|[0-9]{12}):policy\/[A-Za-z0-9+=,.@_/-]{1,512}$/,
    allowed: 'the ARN of a managed policy',
    fix: 'write permissionsBoundary=arn:aws:iam::<account>:policy/<name>',
  },
  email: {
    pattern: /^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/,
    allowed: 'one email address',
    fix: 'write email=platform@your-company.com; to add more addresses, subscribe them to the topic',
  },
  forwardingAccounts: {
    pattern: /^[0-9]{12}(,[0-9]{12}){0,99}$/,
    allowed: '1 to 100 account ids with 12 digits, separated by commas without spaces',
    fix: 'write forwardingAccounts=314159265358,271828182845, or use forwardingOrganization',
  },
  forwardingOrganization: {
    // Organizations API reference, Organization.Id.
    pattern: /^o-[a-z0-9]{10,32}$/,
    allowed: 'an organization id: o- followed by 10 to 32 lower-case letters and digits',
    fix: 'copy the id from the AWS Organizations console',
  },
};

function checkValue(parameter: Parameter): Problem[] {
  const { file, field, name, value } = parameter;
  if (name === 'region') return checkRegion(file, field, value);
  const form = forms[name];
  if (form === undefined) return [];
  if (!parameter.isString) {
    const allowed = `${form.allowed}, as a string`;
    return [
      problem(file, field, {
        found: `${value}, which is not a string`,
        allowed,
        fix: 'put the value in quotes',
      }),
    ];
  }
  if (form.pattern.test(value)) {
    return name === 'forwardingAccounts' ? checkRepeated(parameter, 'each account once') : [];
  }
  const { allowed, fix } = form;
  return [problem(file, field, { found: value === '' ? 'no value' : quote(value), allowed, fix })];
}

function checkNetwork(values: ReadonlyMap<string, Parameter>): Problem[] {
  const vpc = values.get('vpc');
  const subnets = values.get('subnets');
  if (vpc !== undefined && subnets === undefined) {
    return [
      problem(vpc.file, vpc.field, {
        found: 'a VPC without subnets',
        allowed: 'both vpc and subnets, or neither',
        fix: 'add subnets of this VPC that can reach the internet or the VPC endpoints of Systems Manager',
      }),
    ];
  }
  if (subnets === undefined) return [];
  return [
    ...(vpc === undefined
      ? [
          problem(subnets.file, subnets.field, {
            found: 'subnets without a VPC',
            allowed: 'both vpc and subnets, or neither',
            fix: 'add the VPC of the subnets, in which the security group is created',
          }),
        ]
      : []),
    ...checkRepeated(subnets, 'each subnet once'),
  ];
}

function checkRepeated({ file, field, value }: Parameter, allowed: string): Problem[] {
  const ids = value.split(',');
  const twice = ids.find((id, index) => ids.indexOf(id) < index);
  return twice === undefined
    ? []
    : [
        problem(file, field, {
          found: `${quote(twice)} twice`,
          allowed,
          fix: 'remove one of the duplicates',
        }),
      ];
}

/**
 * A subnet id does not contain the region. So subnets in serverless.yml must have a region next to them, and no other region is allowed.
 * Subnets on the command line are assumed to be in the region on the command line.
 */
function checkStageRegion(values: ReadonlyMap<string, Parameter>, region: string): Problem[] {
  const subnets = values.get('subnets');
  const own = values.get('region');
  if (own === undefined) {
    if (subnets === undefined || subnets.file !== IN_FILE) return [];
    return [
      problem(subnets.file, subnets.field, {
        found: 'subnets without a region',
        allowed: 'vpc, subnets and region together',
        fix: `if the subnets are in ${region}, add region: ${region}`,
      }),
    ];
  }
  if (own.value === region) return [];
  return [
    problem('the command line', '--region', {
      found: `${quote(region)}, but ${own.field} in ${own.file} is ${quote(own.value)}`,
      allowed: subnets === undefined ? 'the region of the stage' : 'the region of the subnets',
      fix: `remove --region, or add another stage for ${region}`,
    }),
  ];
}

/** The example accounts of AWS's documentation, many of which exist, and accounts with 12 identical digits. */
const EXAMPLE_ACCOUNT = /^(111122223333|444455556666|777788889999|123456789012|012345678901|(\d)\2{11})$/;

/** Examples that would allow unknown accounts to launch images or to send events. */
function checkExamples(recipes: readonly OpenedRecipe[], values: ReadonlyMap<string, Parameter>): Problem[] {
  const senders = ['forwardingAccounts', 'forwardingOrganization'].flatMap((name) => values.get(name) ?? []);
  return [...recipes.flatMap(checkSharing), ...senders.flatMap(checkSenders)];
}

function checkSenders({ file, field, value }: Parameter): Problem[] {
  return value.split(',').flatMap((sender) =>
    isExample(sender)
      ? [
          problem(file, field, {
            found: `${quote(sender)}, an example from AWS's documentation`,
            allowed: `your own accounts and organizations; examples only when you package the stage ${TRIAL_STAGE}`,
            fix: 'use your own accounts or organization, or remove the parameter',
          }),
        ]
      : [],
  );
}

/** Examples in the launch permissions of a recipe. */
function checkSharing({ path, recipe }: OpenedRecipe): Problem[] {
  const { accounts, organizations, organizationalUnits } = recipe.share;
  const examples = Object.entries({ accounts, organizations, organizationalUnits }).flatMap(([list, ids]) =>
    ids.flatMap((id, index) => (isExample(id) ? [{ field: `share.${list}[${index}]`, id }] : [])),
  );
  return examples.map(({ field, id }) =>
    problem(path, field, {
      found: `${quote(id)}, an example from AWS's documentation`,
      allowed: `your own accounts and organizations; examples only when you package the stage ${TRIAL_STAGE}`,
      fix: 'use your own accounts, organization or organizational units, or remove the recipe',
    }),
  );
}

function isExample(id: string): boolean {
  const account = /[0-9]{12}/.exec(id)?.[0] ?? '';
  return EXAMPLE_ACCOUNT.test(account) || /(^|\/)o-example/.test(id);
}

function problem(
  file: string,
  field: string,
  { found, allowed, fix }: { found: string; allowed: string; fix: string },
): Problem {
  return { file, line: 0, column: 0, field, found, allowed, fix };
}
