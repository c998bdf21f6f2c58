import { type Execution, inventory } from 'embedded-aws';
import { HOME, type Pipeline } from '../../local/pipeline.ts';
import { EXECUTION } from '../../shared/build/tags.ts';
import type { BuildDocument } from '../screen/timeline.ts';

/** What a stopped build leaves behind if the user quits before the clean-up has ended, and what removes it. */
export function quitMessage(pipeline: Pipeline, { name }: Execution, { release }: BuildDocument): string {
  const images = release?.status === 'ready' ? (release.images ?? []) : [];
  const released = new Set(images.flatMap(({ imageId, snapshotIds }) => [imageId, ...snapshotIds]));
  const left = inventory(pipeline, HOME.account).filter(
    ({ id, tags }) => tags[EXECUTION] === name && !released.has(id),
  );
  const named = left.map(({ kind, id, region }) => `${kind} ${id} in ${region}`).join(', ');
  const what = left.length === 0 ? 'No resources of the build remain' : `These resources remain: ${named}`;
  return `Quit before the clean-up ended. ${what}. The next command with this world finishes the clean-up first.`;
}
