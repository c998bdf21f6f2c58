import type { Acceleration, InstanceRefreshes, Protection } from '../../shared/build/execution-document.ts';

/** The result of a stage that runs after a release is published or a channel has moved, or why it failed. */
export type AfterRelease<Result> = Partial<Omit<Result, 'status'>> & {
  readonly Error?: string;
  readonly Cause?: string;
};

/** The fields of these stages in the document of an execution. */
export interface AfterReleaseFields {
  readonly protection?: AfterRelease<Protection>;
  readonly acceleration?: AfterRelease<Acceleration>;
  readonly refreshes?: AfterRelease<InstanceRefreshes>;
}

/** What people should know about a stage: what AWS refused, or why the stage failed. The release is published in any case. */
export function warningsAfterRelease(
  stage: string,
  result: AfterRelease<{ readonly status: 'ready'; readonly warnings?: string[] | undefined }> | undefined,
): readonly string[] {
  if (result?.Error === undefined) return result?.warnings ?? [];
  return [
    `${stage} failed after the release was published, with ${result.Error}: ${messageOf(result.Cause)}`,
  ];
}

/** The error of a function is JSON. The errors of Step Functions itself are plain text. */
function messageOf(cause = ''): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: string };
    return errorMessage ?? cause;
  } catch {
    return cause;
  }
}

/** The parts of a report for programs. Empty lists are left out. */
export function afterReleaseReport({ acceleration, refreshes }: AfterReleaseFields): {
  readonly fastLaunches?: Acceleration['on'];
  readonly instanceRefreshes?: InstanceRefreshes['started'];
} {
  const { on = [] } = acceleration ?? {};
  const { started = [] } = refreshes ?? {};
  return {
    ...(on.length > 0 && { fastLaunches: on }),
    ...(started.length > 0 && { instanceRefreshes: started }),
  };
}

export const allWarningsAfterRelease = ({
  protection,
  acceleration,
  refreshes,
}: AfterReleaseFields): string[] => [
  ...warningsAfterRelease('ProtectImages', protection),
  ...warningsAfterRelease('Accelerate', acceleration),
  ...warningsAfterRelease('RefreshInstances', refreshes),
];
