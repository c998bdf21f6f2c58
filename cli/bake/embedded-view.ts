import { diskOf, type Fault, type Item, inventory } from 'embedded-aws';
import { HOME, type Pipeline, type RecipeFile } from '../../local/pipeline.ts';
import { guestLines, type Pen } from '../screen/lines.ts';
import type { View } from '../screen/screen.ts';
import type { BuildDocument, Stage } from '../screen/timeline.ts';
import { describeOrigin, type Origin } from '../world/open-world.ts';

/** A view that compares the resources of the account before and after the build. */
export interface EmbeddedView extends View {
  /** Counts the resources before the build. Call it when no earlier execution is running. */
  begin(): void;
}

/** How a screen shows the embedded AWS, including details that AWS itself does not show. */
export function embeddedView({
  file,
  origin,
  faults,
  pipeline,
  shownNow,
}: {
  file: RecipeFile;
  origin: Origin;
  faults: string | undefined;
  pipeline: Pipeline;
  shownNow: () => number;
}): EmbeddedView {
  const { world } = pipeline;
  const inventoryNow = () => describeInventory(inventory(pipeline, HOME.account));
  let before = '';
  return {
    begin: () => {
      before = inventoryNow();
    },
    heading: ({ paint }) => [
      `Baking ${paint('bold', file.recipe.name)}: ${file.recipe.description}`,
      `World      embedded AWS (a simulation), account ${HOME.account}, ${HOME.region}`,
      `State      ${origin.file}, ${describeOrigin(origin)}`,
      ...(faults === undefined ? [] : [`Faults     ${faults}`]),
    ],
    now: shownNow,
    details: (stage: Stage, { plan, builder }: BuildDocument, pen: Pen) => {
      if (stage.name !== 'Patch') return [];
      const base = diskOf(pipeline, plan?.base.imageId ?? '');
      const built = diskOf(pipeline, builder?.instanceId ?? '');
      return base && built ? guestLines(base, built, plan?.steps ?? {}, pen) : [];
    },
    closing: ({ paint }) => {
      const idle = world.faults.flatMap((fault, index) =>
        world.faultsMet[index] ? [] : describeFault(fault, index),
      );
      return [
        paint('dim', `Inventory  before: ${before}; after: ${inventoryNow()}`),
        ...(idle.length > 0 ? [paint('yellow', `Faults that never struck: ${idle.join(', ')}`)] : []),
      ];
    },
  };
}

/** A fault by its position in the file and its target: `2 (call: RunInstances)`. */
function describeFault(fault: Fault, index: number): string {
  const [kind, target] = Object.entries(fault)[0] ?? [];
  return `${index + 1} (${kind}: ${target})`;
}

/** The resources of the account, in all regions: `2 images, 2 snapshots`. */
function describeInventory(items: readonly Item[]): string {
  const byKind = Map.groupBy(items, ({ kind }) => kind);
  const counts = [...byKind].map(([kind, { length }]) => `${length} ${kind}${length === 1 ? '' : 's'}`);
  const ending = items.filter(({ state }) => state === 'shutting-down').length;
  const note =
    ending === 0
      ? ''
      : ` (EC2 is terminating ${ending === 1 ? 'the instance' : `${ending} instances`} with ${ending === 1 ? 'its' : 'their'} volumes)`;
  return (counts.join(', ') || 'nothing') + note;
}
