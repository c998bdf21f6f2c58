import { nearest } from '../shared/recipe/nearest.ts';
import type { OpenedRecipe } from '../shared/recipe/open-recipe.ts';
import type { Problem } from '../shared/recipe/problem.ts';
import { quote } from '../shared/recipe/problem.ts';
import { foreignRegionFix, regionMessage, regionNames } from '../shared/recipe/regions.ts';

/** What is to be packaged or deployed: the command line's words, and the parameters that serverless.yml has. */
export interface DeploymentSettings {
  readonly stage: string;
  readonly region: string;
  /** `name=value`, as given on the command line. */
  readonly given: readonly string[];
  /** The `params` of serverless.yml: by stage, and `default` for all. Those under `default` are all that there are. */
  readonly params: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
  readonly recipes: readonly OpenedRecipe[];
  /** Whether this is to be deployed, and not only looked at. */
  readonly deploys: boolean;
}

/** The one stage that may be packaged, though not deployed, with the accounts that stand in AWS's documentation. */
const TRIAL_STAGE = 'dev';

const IN_FILE = 'serverless.yml';

/** All that is wrong with a deployment and can be known without an account. Empty: nothing is. */
export function checkDeployment(deployment: DeploymentSettings): Problem[] {
  const { params, stage, region, deploys } = deployment;
  const known = Object.keys(params.default ?? {});
  const parameters = [...inFile(deployment), ...onCommandLine(deployment)];
  const values = valuesOf(parameters);
  return [
    ...checkStage(stage),
    ...checkRegion('the command line', '--region', region),
    ...parameters.flatMap((parameter) => checkName(parameter, known)),
    ...[...values.values()].flatMap(checkValue),
    ...checkNetwork(values),
    ...checkPlace(values, region),
    ...(stage === TRIAL_STAGE && !deploys ? [] : checkStrangers(deployment.recipes, values)),
  ];
}

/** The region that a stage says it belongs to. */
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
  /** Whether it is text, and not what YAML takes for a number, a list or something else. */
  readonly isText: boolean;
  /** Whether it is meant for this stage. */
  readonly applies: boolean;
}

/** Those that are meant for this stage. Of several of one name the last one wins. */
function valuesOf(parameters: readonly Parameter[]): ReadonlyMap<string, Parameter> {
  return new Map(parameters.filter(({ applies }) => applies).map((parameter) => [parameter.name, parameter]));
}

function inFile({ params, stage }: Pick<DeploymentSettings, 'params' | 'stage'>): Parameter[] {
  // The stage's own come last: they win.
  const sections = Object.entries(params).toSorted(
    ([a], [b]) => Number(a !== 'default') - Number(b !== 'default'),
  );
  return sections.flatMap(([section, values]) =>
    Object.entries(values ?? {}).flatMap(([name, value]) => {
      if (section === 'default' && value === null) return [];
      const field = `params.${section}.${name}`;
      const isText = typeof value === 'string' || value === null;
      const applies = section === 'default' || section === stage;
      return [{ file: IN_FILE, field, name, value: String(value ?? ''), isText, applies }];
    }),
  );
}

function onCommandLine({ given }: Pick<DeploymentSettings, 'given'>): Parameter[] {
  return given.map((text) => {
    const [name = '', ...rest] = text.split('=');
    const field = `--param ${name}`;
    return { file: 'the command line', field, name, value: rest.join('='), isText: true, applies: true };
  });
}

function checkStage(stage: string): Problem[] {
  if (/^[a-z][a-z0-9-]{0,19}$/.test(stage)) return [];
  return [
    problem('the command line', '--stage', {
      found: quote(stage),
      allowed: 'a lower-case letter, then letters, digits and hyphens, at most 20',
      fix: 'write --stage prod',
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
        (near === undefined ? 'name the region to deploy to' : `did you mean ${near}?`),
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
      fix: near === undefined ? 'leave it out' : `did you mean ${near}?`,
    }),
  ];
}

/** What a parameter's value looks like. */
const forms: Readonly<Record<string, { pattern: RegExp; allowed: string; fix: string }>> = {
  vpc: {
    pattern: /^vpc-([0-9a-f]{8}|[0-9a-f]{17})$/,
    allowed: 'the id of a VPC: vpc- and 8 or 17 hexadecimal digits',
    fix: 'copy the id from the VPC console, or leave vpc and subnets out',
  },
  subnets: {
    pattern: /^subnet-([0-9a-f]{8}|[0-9a-f]{17})(,subnet-([0-9a-f]{8}|[0-9a-f]{17})){0,19}$/,
    allowed: '1 to 20 ids of subnets, divided by commas without spaces',
    fix: 'write subnets=subnet-0123456789abcdef0,subnet-0123456789abcdef1',
  },
  permissionsBoundary: {
    pattern: /^arn:aws:iam::(aws|[0-9]{12}):policy\/[A-Za-z0-9+=,.@_/-]{1,512}$/,
    allowed: 'the ARN of a managed policy',
    fix: 'write permissionsBoundary=arn:aws:iam::<account>:policy/<name>',
  },
  email: {
    pattern: /^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/,
    allowed: 'one address',
    fix: 'write email=platform@your-company.com; more subscribe to the topic',
  },
  forwardingAccounts: {
    pattern: /^[0-9]{12}(,[0-9]{12}){0,99}$/,
    allowed: '1 to 100 accounts of twelve digits, divided by commas without spaces',
    fix: 'write forwardingAccounts=314159265358,271828182845, or name your organization instead',
  },
  forwardingOrganization: {
    // Organizations API reference, Organization.Id.
    pattern: /^o-[a-z0-9]{10,32}$/,
    allowed: 'the id of an organization: o- and 10 to 32 lower-case letters and digits',
    fix: 'copy the id from the page of AWS Organizations',
  },
};

function checkValue(parameter: Parameter): Problem[] {
  const { file, field, name, value } = parameter;
  if (name === 'region') return checkRegion(file, field, value);
  const form = forms[name];
  if (form === undefined) return [];
  if (!parameter.isText) {
    const allowed = `${form.allowed}, as text`;
    return [problem(file, field, { found: `${value}, which is no text`, allowed, fix: 'put it in quotes' })];
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
        fix: 'add subnets of this VPC from which the internet, or the endpoints of Systems Manager, can be reached',
      }),
    ];
  }
  if (subnets === undefined) return [];
  return [
    ...(vpc === undefined
      ? [
          problem(subnets.file, subnets.field, {
            found: 'subnets without their VPC',
            allowed: 'both vpc and subnets, or neither',
            fix: 'add the VPC that they are in, where the security group is made',
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
    : [problem(file, field, { found: `${quote(twice)} twice`, allowed, fix: 'leave one of them out' })];
}

/**
 * No id of a subnet says where it is. Subnets that are written down for a stage are so with their region, and are refused in any
 * other; those on the command line are taken to be meant for the region that stands beside them.
 */
function checkPlace(values: ReadonlyMap<string, Parameter>, region: string): Problem[] {
  const subnets = values.get('subnets');
  const own = values.get('region');
  if (own === undefined) {
    if (subnets === undefined || subnets.file !== IN_FILE) return [];
    return [
      problem(subnets.file, subnets.field, {
        found: 'subnets that do not say in which region they are',
        allowed: 'vpc, subnets and region together',
        fix: `write region: ${region} beside them, if that is where they are`,
      }),
    ];
  }
  if (own.value === region) return [];
  return [
    problem('the command line', '--region', {
      found: `${quote(region)}, where ${own.field} in ${own.file} is ${quote(own.value)}`,
      allowed: subnets === undefined ? "the stage's own region" : 'the region in which the subnets are',
      fix: `leave --region out, or make another stage for ${region}`,
    }),
  ];
}

/** The accounts of AWS's documentation, of which many exist; and digits that nobody means. */
const EXAMPLE_ACCOUNT = /^(111122223333|444455556666|777788889999|123456789012|012345678901|(\d)\2{11})$/;

/** Examples where somebody is let in: to launch images, or to send events. */
function checkStrangers(recipes: readonly OpenedRecipe[], values: ReadonlyMap<string, Parameter>): Problem[] {
  const senders = ['forwardingAccounts', 'forwardingOrganization'].flatMap((name) => values.get(name) ?? []);
  return [...recipes.flatMap(checkReaders), ...senders.flatMap(checkSenders)];
}

function checkSenders({ file, field, value }: Parameter): Problem[] {
  return value.split(',').flatMap((sender) =>
    isExample(sender)
      ? [
          problem(file, field, {
            found: `${quote(sender)}, an example of AWS's documentation`,
            allowed: `whoever you know; examples only where the stage ${TRIAL_STAGE} is packaged`,
            fix: 'name your own accounts or organization, or leave the parameter out',
          }),
        ]
      : [],
  );
}

/** Who would launch the images, where it is nobody that the recipe's owner knows. */
function checkReaders({ path, recipe }: OpenedRecipe): Problem[] {
  const { accounts, organizations, organizationalUnits } = recipe.share;
  const examples = Object.entries({ accounts, organizations, organizationalUnits }).flatMap(
    ([list, readers]) =>
      readers.flatMap((reader, index) =>
        isExample(reader) ? [{ field: `share.${list}[${index}]`, reader }] : [],
      ),
  );
  return examples.map(({ field, reader }) =>
    problem(path, field, {
      found: `${quote(reader)}, an example of AWS's documentation`,
      allowed: `whoever you know; examples only where the stage ${TRIAL_STAGE} is packaged`,
      fix: 'name your own accounts, organization or units, or remove the recipe',
    }),
  );
}

function isExample(reader: string): boolean {
  const account = /[0-9]{12}/.exec(reader)?.[0] ?? '';
  return EXAMPLE_ACCOUNT.test(account) || /(^|\/)o-example/.test(reader);
}

function problem(
  file: string,
  field: string,
  { found, allowed, fix }: { found: string; allowed: string; fix: string },
): Problem {
  return { file, line: 0, column: 0, field, found, allowed, fix };
}
