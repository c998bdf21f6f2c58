import * as z from 'zod/mini';
import { NotApproved, Rejected, Superseded } from '../errors.ts';
import { describeBase } from './base.ts';
import type { AnyPlan, Approved, Candidate, Verdict } from './execution-document.ts';

/** A person's answer. Systems Manager recorded who gave it (docs/decisions/0025-approval.md). */
export const answerSchema = z.object({
  decision: z.enum(['approve', 'reject']),
  /** The ARN of the IAM user or of the role session that AWS authenticated. */
  by: z.string(),
  /** When it was given (ISO 8601). */
  at: z.string(),
  comment: z.optional(z.string()),
  /** The id of the automation that carried the answer. */
  automation: z.string(),
});
export type Answer = z.infer<typeof answerSchema>;

/** A build that asked people for approval, as the table keeps it. */
export const approvalSchema = z.object({
  execution: z.string(),
  recipe: z.string(),
  version: z.string(),
  askedAt: z.string(),
  deadline: z.string(),
  /** The digest of the recipe that was built; absent for a trial. */
  digest: z.optional(z.string()),
  /** `expired`: nobody answered before the deadline. */
  state: z.enum(['waiting', 'approved', 'rejected', 'superseded', 'expired']),
  answer: z.optional(answerSchema),
  /** The newer version because of which nobody is asked any more. */
  supersededBy: z.optional(z.string()),
  /** When the message to people was sent; absent: it was not sent yet. */
  notifiedAt: z.optional(z.string()),
});
export type Approval = z.infer<typeof approvalSchema>;

/** What a build asks for. `digest`: of the recipe that was built. */
export function newApproval(
  { recipe, version, trial, approval }: AnyPlan,
  { execution, now, digest }: { execution: string; now: Date; digest: string | undefined },
): Approval {
  const deadline = new Date(now.getTime() + (approval?.deadlineHours ?? 0) * 3_600_000);
  return {
    execution,
    recipe,
    version,
    askedAt: now.toISOString(),
    deadline: deadline.toISOString(),
    ...(trial === undefined && digest !== undefined && { digest }),
    state: 'waiting',
  };
}

/** Whether people can still answer. A build that was stopped cannot end its question. */
export const isWaiting = ({ state, deadline }: Approval, now: Date): boolean =>
  state === 'waiting' && new Date(deadline) > now;

/** How a question ended, for people. `at`: when it ended; absent: a newer release entered the channel meanwhile, or a newer build asked. */
export function endedApproval({ execution, version, state, answer, deadline, supersededBy }: Approval) {
  return {
    execution,
    version,
    state: state === 'waiting' ? ('expired' as const) : state,
    ...(answer === undefined
      ? {}
      : {
          at: answer.at,
          by: answer.by,
          ...(answer.comment !== undefined && { comment: answer.comment }),
        }),
    ...((state === 'expired' || state === 'waiting') && { at: deadline }),
    ...(supersededBy !== undefined && { supersededBy }),
  };
}

/** The outcome of an approval that no longer waits. Throws unless the build was approved. */
export function approvedOrThrow({
  recipe,
  version,
  state,
  answer,
  deadline,
  supersededBy,
}: Approval): Approved {
  const build = `${recipe} ${version}`;
  if (state === 'superseded') {
    throw new Superseded(
      `The newer build ${supersededBy} of ${recipe} supersedes ${build}, which waited for approval`,
    );
  }
  if (answer === undefined) {
    throw new NotApproved(
      `Nobody approved ${build} before ${deadline}. To release the image, start a build again, and approve it in time`,
    );
  }
  const { by, at, comment, automation } = answer;
  if (state !== 'approved') throw new Rejected(`${by} rejected ${build}: ${comment}`);
  return { status: 'ready', by, at, ...(comment !== undefined && { comment }), automation };
}

/** Why an answer does not count; `undefined`: it counts. `digest`: of the recipe as it is deployed now. */
export function answerRefusal(
  approval: Approval,
  decision: Answer['decision'],
  { now, digest, comment }: { now: Date; digest: string | undefined; comment: string | undefined },
): string | undefined {
  const { recipe, version, state, answer, supersededBy, deadline } = approval;
  const build = `${recipe} ${version}`;
  if (answer !== undefined) return `${answer.by} already ${state} ${build}`;
  if (state === 'superseded') return `The newer build ${supersededBy} supersedes ${build}`;
  if (state === 'expired' || deadline <= now.toISOString())
    return `The deadline for the approval of ${build} was ${deadline}`;
  if (decision === 'reject')
    return comment === undefined ? 'A rejection needs a reason: set Comment' : undefined;
  // The build would give its former list of accounts to all earlier releases, too.
  if (approval.digest !== undefined && approval.digest !== digest)
    return `The recipe ${recipe} has changed since the build of ${version} began, so nobody can approve it any more. Build ${recipe} again`;
  return undefined;
}

/** What the message to people says about the image. */
export interface AskedAbout {
  readonly plan: AnyPlan;
  readonly candidate: Pick<Candidate, 'imageId'>;
  readonly verdict: Verdict;
  /** The older build that waited until this one asked; absent: none. */
  readonly supersedes?: Pick<Approval, 'version' | 'execution'> | undefined;
}

/** The message to people. `document`: the SSM document with which people answer. */
export function approvalNotice(
  { execution, recipe, version, deadline }: Approval,
  { plan, candidate, verdict, supersedes }: AskedAbout,
  { region, document }: { readonly region: string; readonly document: string },
): { Subject: string; Message: string } {
  const command = (verb: string, rest = '') =>
    `  npx --no -- golden ${verb} ${execution} --aws --region ${region}${rest}`;
  const rows = [
    ['Version', version],
    ['Base', describeBase(plan.base)],
    ['Image', `${candidate.imageId} in ${plan.region}`],
    ['Regions', plan.regions.join(', ')],
    ['Shared with', describeShare(plan)],
    ['Test', describeVerdict(verdict)],
    ['Execution', execution],
    ...(supersedes === undefined
      ? []
      : [['Supersedes', `${supersedes.version}, which waited for approval: ${supersedes.execution}`]]),
    ...(plan.warnings ?? []).map((warning) => ['Warning', warning]),
  ];
  return {
    Subject: `Golden image ${recipe}: ${version} waits for approval`,
    Message: [
      `A build of ${recipe} (${plan.description}) waits for approval until ${deadline}.`,
      '',
      ...rows.map(([title = '', text]) => `  ${title.padEnd(11)}  ${text}`),
      '',
      'No other account can see the image yet. To release it, or to refuse it:',
      '',
      command('approve'),
      command('reject', ' --reason "..."'),
      '',
      'Without the command line of the pipeline:',
      '',
      `  aws ssm start-automation-execution --region ${region} --document-name ${document} \\`,
      `    --parameters Build=${execution},Decision=approve`,
      '',
    ].join('\n'),
  };
}

/** A message names this many accounts at most. */
const NAMED_MAX = 20;

function describeShare({ share }: AnyPlan): string {
  const { accounts, organizations, organizationalUnits } = share;
  const all = [...(share.public ? ['everyone'] : []), ...organizations, ...organizationalUnits, ...accounts];
  if (all.length === 0) return 'no other account';
  const rest = all.length - NAMED_MAX;
  return `${all.slice(0, NAMED_MAX).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function describeVerdict({ tested, tests }: Verdict): string {
  if (!tested) return 'none: test.boot is false';
  const own = tests.length === 0 ? '' : ` and the tests of the recipe: ${tests.join(', ')}`;
  return `a fresh instance passed all checks${own}`;
}
