import type { LaunchAttempt, Plan } from './build.ts';

export interface Launch {
  readonly instanceType: string;
  readonly subnetId: string;
}

/** Every way to launch the builder, in order of preference: each type in every subnet before the next type. */
export function launchesOf({ instanceTypes, subnets }: Plan): Launch[] {
  return instanceTypes.flatMap((instanceType) => subnets.map((subnetId) => ({ instanceType, subnetId })));
}

export function untried(launches: readonly Launch[], refused: readonly LaunchAttempt[]): Launch[] {
  return launches.filter(
    ({ instanceType, subnetId }) =>
      !refused.some((attempt) => attempt.instanceType === instanceType && attempt.subnetId === subnetId),
  );
}

/** All that was tried and what EC2 said to each, as sentences. */
export function describeLaunches(refused: readonly LaunchAttempt[]): string {
  const lines = refused.map(
    ({ instanceType, subnetId, code, said }) =>
      `${instanceType} in ${subnetId}: ${code}${said === code ? '' : ` (${said})`}`,
  );
  return `Tried ${lines.length}: ${lines.join('; ')}`;
}
