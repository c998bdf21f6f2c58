import type { SimulatedClock, World } from 'embedded-aws';
import { HOME } from '../../local/pipeline.ts';
import { describeOrigin, describeSaveFailure, openWorld } from '../world/open-world.ts';
import { type Asked, type ChannelReport, type PlacedAction, refusedRequest } from './answer.ts';

/** The world that `golden bake` keeps, while a command acts on it. */
export interface KeptWorld {
  readonly world: World;
  readonly clock: SimulatedClock;
  readonly asked: Asked;
  readonly at: Date;
  /** Where the command acts, for people. */
  readonly heading: readonly string[];
  /** Saves the world. Returns the report, or a failure if the world cannot be saved. */
  save(report: ChannelReport): ChannelReport;
}

/** Does the work of a command in the kept world. A command that refuses its arguments does not save the world. */
export async function inKeptWorld(
  { action, recipe, state }: { action: PlacedAction; recipe: string; state: string | undefined },
  work: (kept: KeptWorld) => Promise<ChannelReport>,
): Promise<ChannelReport> {
  const command = `golden ${action}`;
  const opened = openWorld({ command, state, fresh: false, seed: undefined, at: undefined });
  if ('problems' in opened)
    return refusedRequest({ place: { world: 'embedded' }, action, recipe }, opened.problems);
  const { world, clock, origin } = opened;
  const at = new Date(origin.at);
  const { file, fresh } = origin;
  const place = { world: 'embedded', state: { file, fresh, at: at.toISOString() } } as const;
  const heading = [
    `World      embedded AWS (a simulation), account ${HOME.account}, ${HOME.region}`,
    `State      ${file}, ${describeOrigin(origin)}`,
  ];
  const save = (report: ChannelReport): ChannelReport => {
    try {
      opened.keep();
      return report;
    } catch (error) {
      const message = describeSaveFailure(file, error);
      return { ...report, status: 'failed', error: { name: 'NotSaved', message } };
    }
  };
  try {
    return await work({ world, clock, asked: { place, action, recipe }, at, heading, save });
  } finally {
    opened.release();
  }
}
