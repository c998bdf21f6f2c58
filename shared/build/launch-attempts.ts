import type { LaunchAttempt, Plan } from './execution-document.ts';

export interface LaunchOption {
  readonly instanceType: string;
  readonly subnetId: string;
}

/** All combinations of instance type and subnet, in order of preference: every subnet for one type, then the next type. */
export function launchOptions({ instanceTypes, subnets }: Plan): LaunchOption[] {
  return instanceTypes.flatMap((instanceType) => subnets.map((subnetId) => ({ instanceType, subnetId })));
}

export function untried(
  launches: readonly LaunchOption[],
  refused: readonly LaunchAttempt[],
): LaunchOption[] {
  return launches.filter(
    ({ instanceType, subnetId }) =>
      !refused.some((attempt) => attempt.instanceType === instanceType && attempt.subnetId === subnetId),
  );
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
