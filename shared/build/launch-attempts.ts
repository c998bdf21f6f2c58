import type { LaunchAttempt, Plan } from './execution-document.ts';

export interface LaunchOption {
  readonly instanceType: string;
  readonly subnetId: string;
}

/** Every way to launch the builder, in order of preference: each type in every subnet before the next type. */
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

/** How many different answers a message repeats: Step Functions takes 32,768 characters of a cause. */
const ANSWERS_MAX = 40;

/** All that was tried and what EC2 said to each; what got the same answer is named together. */
export function describeLaunches(refused: readonly LaunchAttempt[]): string {
  const byAnswer = Map.groupBy(refused, ({ code, said }) =>
    said.startsWith(code) ? said : `${code} (${said})`,
  );
  const answers = [...byAnswer].slice(0, ANSWERS_MAX).map(([answer, attempts]) => {
    const byType = Map.groupBy(attempts, ({ instanceType }) => instanceType);
    const where = [...byType].map(
      ([type, same]) => `${type} in ${same.map(({ subnetId }) => subnetId).join(', ')}`,
    );
    return `${answer} to ${where.join('; ')}`;
  });
  const more = byAnswer.size > ANSWERS_MAX ? `; and ${byAnswer.size - ANSWERS_MAX} answers more` : '';
  return `It was asked ${refused.length} times and said ${answers.join('. It said ')}${more}`;
}
