import { EBS_ACTIONS, isAccount, ofAccount, throughEc2 } from './key-policy.ts';
import { type Consumers, organizationOf, scalingRole, unitOf } from './key-statements.ts';
import {
  type Answer,
  type CallContext,
  every,
  matches,
  meets,
  principalsOf,
  type Statement,
  some,
  statementsAbout,
} from './policy-statements.ts';

/** Which consumers cannot use a key by its policy, and for which this is not certain. */
export interface ConsumerAnswer {
  /** They cannot launch the image. */
  readonly no: Consumers;
  /** They can launch the image by hand, but they cannot create the grant for their Auto Scaling groups. */
  readonly byHand: Consumers;
  readonly perhaps: Consumers;
}

/** The key's region, and the account that owns the key. */
interface KeyPlace {
  readonly region: string;
  readonly owner: string;
}

/**
 * Reads from a key policy which consumers can use the key: to launch the image, and to create the grant for their Auto Scaling groups. The
 * service-linked role of Auto Scaling has no permissions on keys, and a key policy cannot give them to the role of another account. So that
 * account must create a grant for the role, and the key policy must let it do so (Amazon EC2 Auto Scaling user guide, "Required AWS KMS key
 * policy for use with encrypted volumes"; AWS re:Post, knowledge-center/kms-launch-ec2-instance).
 */
export function readConsumers(policy: string, consumers: Consumers, place: KeyPlace): ConsumerAnswer {
  const answerOf = {
    accounts: (account: string) =>
      mayUse(policy, place, {
        context: ofAccount(account),
        isNamed: namesAccount(account),
        scalingRole: scalingRole(account),
      }),
    organizations: (arn: string) =>
      mayUse(policy, place, { ...members(place), context: ofOrganization(arn) }),
    organizationalUnits: (arn: string) => mayUse(policy, place, { ...members(place), context: ofUnit(arn) }),
  };
  const those = (wanted: Use): Consumers => ({
    accounts: consumers.accounts.filter((one) => answerOf.accounts(one) === wanted),
    organizations: consumers.organizations.filter((one) => answerOf.organizations(one) === wanted),
    organizationalUnits: consumers.organizationalUnits.filter(
      (one) => answerOf.organizationalUnits(one) === wanted,
    ),
  });
  return { no: those('no'), byHand: those('by hand'), perhaps: those('perhaps') };
}

/** Whether a statement names a consumer. */
type IsNamed = (statement: Statement) => Answer;

/** `by hand`: the consumer can launch the image, but cannot create the grant for Auto Scaling. */
type Use = Answer | 'by hand';

interface Consumer {
  readonly context: CallContext;
  readonly isNamed: IsNamed;
  /** The service-linked role of Auto Scaling in the account. */
  readonly scalingRole: CallContext[string];
}

function mayUse(policy: string, { region }: KeyPlace, { context, isNamed, scalingRole }: Consumer): Use {
  const mayCall = (action: string, call: CallContext): Answer => {
    const about = statementsAbout(policy, action);
    const answers = (effect: 'Allow' | 'Deny') =>
      about
        .filter(({ Effect }) => Effect === effect)
        .map((statement) => every([isNamed(statement), meets(statement, { ...call, ...context })]));
    return answers('Deny').includes('yes') ? 'no' : some(answers('Allow'));
  };
  const launch = every(EBS_ACTIONS.map((action) => mayCall(action, throughEc2(action, region))));
  // A person or a program creates the grant for Auto Scaling, so the call does not come from EC2.
  const grant = mayCall('kms:CreateGrant', {
    'kms:viaservice': null,
    'kms:grantisforawsresource': 'false',
    'kms:granteeprincipal': scalingRole,
  });
  return launch !== 'no' && grant === 'no' ? 'by hand' : every([launch, grant]);
}

/** The accounts of an organization are not known, so only a pattern for all accounts certainly matches their roles. */
const members = ({ owner }: KeyPlace): Pick<Consumer, 'isNamed' | 'scalingRole'> => ({
  isNamed: anyExcept(owner),
  scalingRole: (pattern) => (matches(scalingRole('*'), pattern) ? 'yes' : 'perhaps'),
});

/** A statement that allows something to roles of an account is meant for the account. */
const namesAccount =
  (account: string): IsNamed =>
  (statement) => {
    const { Effect, NotPrincipal } = statement;
    const isAllowed = Effect === 'Allow';
    if (NotPrincipal !== undefined) return isAllowed ? 'perhaps' : 'no';
    const isIt = (one: string) =>
      one === '*' || isAccount(one, account) || (isAllowed && one.includes(`::${account}:`));
    return principalsOf(statement).some(isIt) ? 'yes' : 'no';
  };

/** A statement can name the accounts of an organization one by one. */
const anyExcept =
  (owner: string): IsNamed =>
  (statement) => {
    const { Effect, NotPrincipal } = statement;
    if (NotPrincipal !== undefined) return Effect === 'Allow' ? 'perhaps' : 'no';
    const named = principalsOf(statement);
    if (named.includes('*')) return 'yes';
    const isOther = (one: string) => !isAccount(one, owner) && !one.includes(`::${owner}:`);
    return Effect === 'Allow' && named.some(isOther) ? 'perhaps' : 'no';
  };

/** The path of an account in AWS Organizations: `<organization>/<root>/<unit>/…/` (IAM user guide, aws:PrincipalOrgPaths). */
function ofOrganization(arn: string): CallContext {
  const organization = organizationOf(arn);
  return {
    'aws:principalorgid': organization,
    'aws:principalorgpaths': (pattern) => pathAnswer(organization, pattern),
  };
}

function ofUnit(arn: string): CallContext {
  const organization = organizationOf(arn);
  return {
    'aws:principalorgid': organization,
    'aws:principalorgpaths': (pattern) =>
      pattern.endsWith(`/${unitOf(arn)}/*`) && pathAnswer(organization, pattern) !== 'no'
        ? 'yes'
        : pathAnswer(organization, pattern),
  };
}

/** Whether the paths of all accounts of an organization match a pattern. `perhaps`: the paths of some accounts may match. */
function pathAnswer(organization: string, pattern: string): Answer {
  if (matches(`${organization}/`, pattern)) return 'yes';
  const [first = ''] = pattern.split('/');
  return matches(organization, first) ? 'perhaps' : 'no';
}
