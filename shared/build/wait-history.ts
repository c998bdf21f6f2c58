import { copyKey } from './copying.ts';
import type { Copies, PendingCopies } from './execution-document.ts';
import { EARLIER_BUILDS_MAX } from './poll-interval.ts';
import type { Spent } from './spent.ts';

/** How long the stages of the last builds took, in seconds, by stage: the newest build last. A copy has a key for each region. */
export type EarlierSeconds = Readonly<Record<string, number[]>>;

/** The results of the stages that wait for AWS: the fields of the document that are read here. */
export interface WaitedStages {
  readonly builder?: Waited & { readonly refused: readonly unknown[] };
  readonly patches?: Waited;
  readonly shutdown?: Waited;
  readonly candidate?: Waited & { readonly attempt?: number | undefined };
  readonly copies?: Copies | PendingCopies;
}

interface Waited {
  readonly spent?: Spent | undefined;
}

/**
 * Adds the durations of a build. A duration counts only if the stage needed one attempt, because a repeated attempt says nothing about the
 * next build. Stages and regions that this build did not have are dropped: the recipe has changed.
 */
export function addDurations(earlier: EarlierSeconds, stages: WaitedStages): EarlierSeconds {
  const { builder, patches, shutdown, candidate, copies } = stages;
  const durations: [string, number | undefined][] = [
    ['Launch', builder?.refused.length === 0 ? builder.spent?.seconds : undefined],
    ['Patch', patches?.spent?.seconds],
    ['Stop', shutdown?.spent?.seconds],
    ['CreateImage', candidate?.attempt === 1 ? candidate.spent?.seconds : undefined],
    ...(copies?.regions ?? []).map(({ region, attempt, seconds }): [string, number | undefined] => [
      copyKey(region),
      attempt === 1 ? seconds : undefined,
    ]),
  ];
  const added = durations.map(([key, seconds]): [string, number[]] => [
    key,
    [...(earlier[key] ?? []), ...(seconds === undefined ? [] : [Math.round(seconds)])].slice(
      -EARLIER_BUILDS_MAX,
    ),
  ]);
  return Object.fromEntries(added.filter(([, seconds]) => seconds.length > 0));
}
