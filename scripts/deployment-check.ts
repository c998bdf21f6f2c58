import type { OpenedRecipe } from '../cli/recipe-argument.ts';
import { nearest } from '../shared/domain/nearest.ts';
import type { Problem } from '../shared/domain/problem.ts';
import { quote } from '../shared/domain/problem.ts';
import { regionNames } from '../shared/domain/regions.ts';

/** What is to be packaged or deployed: the command line's words, and the parameters that serverless.yml has. */
export interface Deployment {
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

/** All that is wrong with a deployment and can be known without an account. Empty: nothing is. */
export function checkDeployment(deployment: Deployment): Problem[] {
  const { params, stage, deploys } = deployment;
  const known = Object.keys(params.default ?? {});
  const parameters = [...inFile(deployment), ...onCommandLine(deployment)];
  const values = new Map(
    parameters.filter(({ applies }) => applies).map((parameter) => [parameter.name, parameter]),
  );
  return [
    ...checkStage(stage),
    ...checkRegion(deployment.region),
    ...parameters.flatMap((parameter) => checkName(parameter, known)),
    ...[...values.values()].flatMap(checkValue),
    ...checkNetwork(values),
    ...(stage === TRIAL_STAGE && !deploys ? [] : deployment.recipes.flatMap(checkReaders)),
  ];
}

interface Parameter {
  readonly file: string;
  readonly field: string;
  readonly name: string;
  readonly value: string;
  /** Whether it is meant for this stage. */
  readonly applies: boolean;
}

function inFile({ params, stage }: Deployment): Parameter[] {
  // The stage's own come last: they win.
  const sections = Object.entries(params).toSorted(
    ([a], [b]) => Number(a !== 'default') - Number(b !== 'default'),
  );
  return sections.flatMap(([section, values]) =>
    Object.entries(values ?? {}).flatMap(([name, value]) => {
      if (section === 'default' && value === null) return [];
      const field = `params.${section}.${name}`;
      const applies = section === 'default' || section === stage;
      return [{ file: 'serverless.yml', field, name, value: String(value ?? ''), applies }];
    }),
  );
}

function onCommandLine({ given }: Deployment): Parameter[] {
  return given.map((text) => {
    const [name = '', ...rest] = text.split('=');
    const field = `--param ${name}`;
    return { file: 'the command line', field, name, value: rest.join('='), applies: true };
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

function checkRegion(region: string): Problem[] {
  if ((regionNames as readonly string[]).includes(region)) return [];
  const near = nearest(region, regionNames);
  return [
    problem('the command line', '--region', {
      found: `${quote(region)}, which is no AWS region`,
      allowed: 'regions of the aws partition, such as us-east-1',
      fix: near === undefined ? 'write --region us-east-1' : `did you mean ${near}?`,
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
};

function checkValue({ file, field, name, value }: Parameter): Problem[] {
  const form = forms[name];
  if (form === undefined || form.pattern.test(value)) return [];
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
  const ids = subnets.value.split(',');
  const twice = ids.find((id, index) => ids.indexOf(id) < index);
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
    ...(twice === undefined
      ? []
      : [
          problem(subnets.file, subnets.field, {
            found: `${quote(twice)} twice`,
            allowed: 'each subnet once',
            fix: 'leave one of them out',
          }),
        ]),
  ];
}

/** The accounts of AWS's documentation, of which many exist; and digits that nobody means. */
const EXAMPLE_ACCOUNT = /^(111122223333|444455556666|777788889999|123456789012|012345678901|(\d)\2{11})$/;

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
  return EXAMPLE_ACCOUNT.test(account) || /\/o-example/.test(reader);
}

function problem(
  file: string,
  field: string,
  { found, allowed, fix }: { found: string; allowed: string; fix: string },
): Problem {
  return { file, line: 0, column: 0, field, found, allowed, fix };
}
