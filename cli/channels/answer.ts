import type { ExecutionResult } from 'embedded-aws';
import type { ChannelRequest } from '../../shared/build/channel-request.ts';
import type {
  Answered,
  AnyPlan,
  ChannelHistory,
  MovedChannel,
  Published,
  Release,
} from '../../shared/build/execution-document.ts';
import type { Followers } from '../../shared/build/followers.ts';
import type { Problem } from '../../shared/recipe/problem.ts';
import {
  type AfterReleaseFields,
  afterReleaseReport,
  allWarningsAfterRelease,
} from '../screen/after-release.ts';
import { followersReport } from '../screen/followers.ts';
import { type BuildPlace, unannounced } from '../screen/report.ts';

/** What a command with `--local` or `--aws` does. */
export type PlacedAction = ChannelRequest['action'] | 'copy' | 'share' | 'approve' | 'reject';

/** The document that `--json` prints. Fields may be added under the same `schemaVersion`. No field is removed or changes its meaning. */
export interface ChannelReport extends BuildPlace {
  readonly schemaVersion: 1;
  /** `running`: the command ended before the execution. `invalid`: the request is wrong, and nothing was changed. */
  readonly status: 'succeeded' | 'failed' | 'aborted' | 'running' | 'invalid';
  readonly action: PlacedAction;
  readonly recipe: string;
  /** The execution's name. */
  readonly execution?: string;
  readonly executionArn?: string;
  /** What was added to a release. */
  readonly addition?: Addition;
  /** What people should know about the move; for a later addition, see `addition`. */
  readonly warnings?: readonly string[];
  /** The move of the channel. */
  readonly move?: Omit<MovedChannel, 'status' | 'recipe' | 'warnings'> & ReturnType<typeof afterMove>;
  readonly channels?: ChannelHistory['channels'];
  readonly releases?: ChannelHistory['releases'];
  readonly history?: ChannelHistory['history'];
  /** The build that waits for approval. */
  readonly waiting?: ChannelHistory['waiting'];
  /** How the last question for approval ended. */
  readonly ended?: ChannelHistory['ended'];
  /** The answer to a build, with the ARN that AWS authenticated. */
  readonly answer?: Omit<Answered, 'status' | 'recipe'>;
  /** How the build ended after the answer, in words; only on the embedded AWS, where the command waits for it. */
  readonly outcome?: string;
  readonly error?: { readonly name: string; readonly message: string };
  readonly problems?: readonly Problem[];
}

/** What `golden copy` or `golden share` added. */
export interface Addition extends Followers {
  readonly version: string;
  /** The new images, or the images that further accounts can launch now. */
  readonly images: Release['images'];
  readonly sharedWith: Release['sharedWith'];
  /** All accounts could launch the release before; absent: `share` shared it with at least one account, or the action is another one. */
  readonly alreadyShared?: true;
  /** The parameters that name the new images; absent: there are no new images. */
  readonly parameters?: readonly string[];
  readonly warnings?: readonly string[];
}

/** What a command did, and where. */
export interface Asked {
  readonly place: BuildPlace;
  readonly action: PlacedAction;
  readonly recipe: string;
  readonly execution?: string;
  readonly executionArn?: string;
}

const EXIT_CODES = {
  succeeded: 0,
  failed: 1,
  invalid: 2,
  aborted: 130,
  running: 130,
} as const satisfies Record<ChannelReport['status'], number>;

/** The exit code. A command that lost AWS has failed; a command that Ctrl-C ended was interrupted. */
export const exitCodeOfChannels = ({ status, error }: ChannelReport): number =>
  status === 'running' && error !== undefined ? 1 : EXIT_CODES[status];

const started = ({ place, ...asked }: Asked, status: ChannelReport['status']) =>
  ({ schemaVersion: 1, status, ...place, ...asked }) as const;

export const refusedRequest = (asked: Asked, problems: readonly Problem[]): ChannelReport => ({
  ...started(asked, 'invalid'),
  problems,
});

/** `undefined`: the execution continues. */
export function channelReport(
  asked: Asked,
  result: ExecutionResult | undefined,
  lost?: { readonly name: string; readonly message: string },
): ChannelReport {
  if (result === undefined) return { ...started(asked, 'running'), ...(lost && { error: lost }) };
  if (result.status !== 'SUCCEEDED') {
    const error = failureOf(result);
    const refused = error.name === 'InvalidInput' ? 'invalid' : 'failed';
    return { ...started(asked, result.status === 'ABORTED' ? 'aborted' : refused), error };
  }
  const output = (result.output ?? {}) as Output;
  const { move, history, answer } = output;
  const unsaid = unannounced(output.announcement);
  return {
    ...started(asked, 'succeeded'),
    ...additionOf(asked, output),
    ...(move && { move: { ...shownMove(move), ...afterMove(output) } }),
    ...(move && unsaid.length > 0 && { warnings: unsaid }),
    ...(answer && { recipe: answer.recipe, answer: shownAnswer(answer) }),
    ...(history && {
      channels: history.channels,
      releases: history.releases,
      history: history.history,
      ...(history.waiting && { waiting: history.waiting }),
      ...(history.ended && { ended: history.ended }),
    }),
  };
}

/** The fields of an execution's output that are shown. */
interface Output extends AfterReleaseFields {
  readonly move?: MovedChannel;
  readonly history?: ChannelHistory;
  readonly answer?: Answered;
  readonly plan?: AnyPlan;
  readonly release?: Release;
  readonly publication?: Published;
  readonly announcement?: { readonly Error?: string; readonly Cause?: string };
}

function additionOf(
  { action }: Asked,
  { plan, release, publication, announcement, ...after }: Output,
): Pick<ChannelReport, 'addition'> {
  if (plan === undefined || release === undefined) return {};
  const { parameter = '', channels = [] } = publication ?? {};
  const warnings = [
    ...(plan.warnings ?? []),
    ...(release.warnings ?? []),
    ...unannounced(announcement),
    ...allWarningsAfterRelease(after),
  ];
  return {
    addition: {
      version: plan.version,
      images: release.images,
      sharedWith: release.sharedWith,
      ...(plan.alreadyShared && { alreadyShared: true }),
      ...(action === 'copy' && { parameters: [parameter, ...channels.map((one) => one.parameter)] }),
      ...followersReport(publication ?? {}),
      ...(warnings.length > 0 && { warnings }),
    },
  };
}

/** What followed the move, what the move left out, and what AWS refused. */
function afterMove(output: Output): ReturnType<typeof afterReleaseReport> & {
  readonly warnings?: readonly string[];
} {
  const warnings = [...(output.move?.warnings ?? []), ...allWarningsAfterRelease(output)];
  return { ...afterReleaseReport(output), ...(warnings.length > 0 && { warnings }) };
}

function shownMove(move: MovedChannel) {
  const { channel, how, from, to, parameter, images, unmoved, skipped } = move;
  return {
    channel,
    how,
    ...(from !== undefined && { from }),
    to,
    parameter,
    images,
    unmoved,
    ...(skipped !== undefined && { skipped }),
    ...followersReport(move),
  };
}

function shownAnswer({ execution, version, decision, by, at, comment, automation }: Answered) {
  return { execution, version, decision, by, at, ...(comment !== undefined && { comment }), automation };
}

/** The error of a function is JSON; the errors of Step Functions itself are plain text. */
export function failureOf({ status, error = status, cause = '' }: ExecutionResult) {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: string };
    return { name: error, message: errorMessage ?? cause };
  } catch {
    return { name: error, message: cause === '' ? `the execution ended with the status ${status}` : cause };
  }
}
