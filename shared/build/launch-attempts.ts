import type { LaunchAttempt, Plan } from './execution-document.ts';
import { isPastDeadline, waitTimes } from './waiting.ts';

export interface LaunchOption {
  readonly instanceType: string;
  readonly subnetId: string;
}

/** All combinations of instance type and subnet, in order of preference: every subnet for one type, then the next type. */
export function launchOptions({
  instanceTypes,
  subnets,
}: Pick<Plan, 'instanceTypes' | 'subnets'>): LaunchOption[] {
  return instanceTypes.flatMap((instanceType) => subnets.map((subnetId) => ({ instanceType, subnetId })));
}

const isSameOption = (one: LaunchOption, other: LaunchOption): boolean =>
  one.instanceType === other.instanceType && one.subnetId === other.subnetId;

/** The attempts of all other options. */
export function attemptsExcept(refused: readonly LaunchAttempt[], option: LaunchOption): LaunchAttempt[] {
  return refused.filter((attempt) => !isSameOption(attempt, option));
}

/** The attempts, with a new attempt in place of an earlier attempt of the same option. `fault`: RunInstances failed in EC2 itself. */
export function addAttempt(
  refused: readonly LaunchAttempt[],
  { fault, ...attempt }: Omit<LaunchAttempt, 'faultSince'> & { readonly fault?: boolean },
  now: Date,
): LaunchAttempt[] {
  const { faultSince = now.toISOString() } = refused.find((one) => isSameOption(one, attempt)) ?? {};
  return [...attemptsExcept(refused, attempt), { ...attempt, ...(fault && { faultSince }) }];
}

/**
 * The option to try next; `undefined`: all options have failed for good. Most faults of RunInstances end after some time. So an option that
 * failed because of such a fault is tried again after all other options, until the fault has lasted too long.
 */
export function nextLaunch(
  options: readonly LaunchOption[],
  refused: readonly LaunchAttempt[],
  now: Date,
): LaunchOption | undefined {
  const untried = options.find((option) => !refused.some((attempt) => isSameOption(attempt, option)));
  if (untried !== undefined) return untried;
  const again = refused.find(
    ({ faultSince }) => faultSince !== undefined && !isPastDeadline(waitTimes.launchFault, faultSince, now),
  );
  return again && { instanceType: again.instanceType, subnetId: again.subnetId };
}

/** The maximum number of different answers in a message: Step Functions accepts a cause of 32,768 characters. */
const ANSWERS_MAX = 40;

/** All attempts with EC2's answers. Attempts with the same answer are listed together. */
export function describeLaunches(refused: readonly LaunchAttempt[]): string {
  const byAnswer = Map.groupBy(refused, ({ code, said }) =>
    said.startsWith(code) ? said : `${code} (${said})`,
  );
  const answers = [...byAnswer].slice(0, ANSWERS_MAX).map(([answer, attempts]) => {
    const byType = Map.groupBy(attempts, ({ instanceType }) => instanceType);
    const where = [...byType].map(
      ([type, same]) => `${type} in ${same.map(({ subnetId }) => subnetId).join(', ')}`,
    );
    return `${where.join('; ')}: ${answer}`;
  });
  const more = byAnswer.size > ANSWERS_MAX ? `. And ${byAnswer.size - ANSWERS_MAX} more answers` : '';
  return `Failed launches: ${refused.length}. ${answers.join('. ')}${more}`;
}
