import { type Channels, isPublished, withoutAddition, withoutRelease } from '../build/channels.ts';
import type { UnlistedResources } from '../build/clean-up-report.ts';
import { type PointerToUndo, type Publication, placeName, pointersToUndo } from '../build/publication.ts';
import type { FoundResource } from '../build/removal-plan.ts';
import { DISTRIBUTION, RECIPE } from '../build/tags.ts';
import { type TemplateToUndo, templatesToUndo } from '../build/template-versions.ts';
import { NotFound } from '../errors.ts';
import type { Table } from './builds-table.ts';
import { endTurn, readChannels, readPublication, takeTurn } from './channels-table.ts';
import type { Clients } from './clients.ts';
import { readTemplate, undoTemplate } from './launch-templates.ts';
import { findPointers, type PointerClients, ssmIn, undoPointer } from './pointers.ts';

/** What an execution published that must not stay: parameters, and its entry in the table. */
export interface Unpublishing {
  readonly pointers: readonly PointerToUndo[];
  readonly templates: readonly TemplateToUndo[];
  /** The parameters and launch templates that could not be read. */
  readonly unlisted: readonly UnlistedResources[];
  /** Absent: there is nothing to undo. */
  readonly publication?: Publication;
  /** The releases that parameters can name again; absent: not known. */
  readonly releases?: Channels['releases'];
}

export const NOTHING_TO_UNDO: Unpublishing = { pointers: [], templates: [], unlisted: [] };

type UndoClients = PointerClients & Pick<Clients, 'ec2'>;

export interface UndoOptions {
  readonly execution: string;
  /** The version of the execution; `undefined`: not known. Another execution may have had the same name. */
  readonly version: string | undefined;
  /** Whether the build failed, so that a complete publication must not stay either. */
  readonly hasFailed: boolean;
  readonly home: string;
  readonly now: Date;
}

/**
 * Finds the parameters of a publication that did not end, or whose build failed. A parameter that was written a moment ago may not be
 * visible, so one call that finds none proves nothing.
 */
export async function findUnpublishing(
  table: Table,
  clients: UndoClients,
  { execution, version, hasFailed, home, now }: UndoOptions,
): Promise<Unpublishing> {
  try {
    const publication = await readPublication(table, execution);
    const nothing = NOTHING_TO_UNDO;
    if (publication === undefined) return nothing;
    const { isRelease, distribution = publication.version } = publication;
    if (isRelease && version !== undefined && distribution !== version) return nothing;
    const channels = await readChannels(table, publication.recipe);
    const isComplete = isRelease
      ? isPublished(channels, publication)
      : channels.history.some((move) => move.execution === execution);
    // A channel that was moved by hand stays where it is, also if the execution failed after that.
    if (isComplete && !(isRelease && hasFailed)) return nothing;
    const turn = await takeTurn(table, publication.recipe, execution, now);
    const { seen, unread } = await findPointers(publication, clients);
    const ownsChannel = !('heldBy' in turn) && !isNamed(publication, turn.channels);
    const found = await findUndoneTemplates(publication, ownsChannel, clients);
    return {
      pointers: pointersToUndo(publication, seen, ownsChannel),
      templates: found.templates,
      unlisted: [...[...unread].map(([place, error]) => unlistedIn(place, error)), ...found.unlisted],
      publication,
      releases: channels.releases,
    };
  } catch (error) {
    return { ...NOTHING_TO_UNDO, unlisted: [unlistedIn(home, error)] };
  }
}

/** The launch templates to put back. One that cannot be read does not affect the others; one that is gone needs nothing. */
async function findUndoneTemplates(publication: Publication, ownsChannel: boolean, clients: UndoClients) {
  const unlisted: UnlistedResources[] = [];
  const seen = await Promise.all(
    (publication.templates ?? []).map(async (template) => {
      try {
        return [await readTemplate(publication, template, clients)];
      } catch (error) {
        if (!(error instanceof NotFound))
          unlisted.push(unlistedIn(template.region, error, 'launch template version'));
        return [];
      }
    }),
  );
  return { templates: templatesToUndo(publication, seen.flat(), ownsChannel), unlisted };
}

const unlistedIn = (
  region: string,
  error: unknown,
  kind: UnlistedResources['kind'] = 'parameter',
): UnlistedResources => ({
  region,
  kind,
  reason: error instanceof Error ? error.message : String(error),
  mayPass: true,
});

/** Whether another execution has moved the channel to the same release: its parameters must stay. */
const isNamed = ({ isRelease, version, channels: [channel = ''] }: Publication, { channels }: Channels) =>
  !isRelease && channels[channel]?.version === version;

/**
 * Whether an execution has copied a release to a further region, and died before the copy was published. The tags do not show this: a build
 * would have a complete release then.
 */
export async function isUnpublishedAddition(table: Table, found: readonly FoundResource[]): Promise<boolean> {
  const added = found.filter(({ kind, tags }) => kind === 'image' && DISTRIBUTION in tags);
  const [recipe] = added.map(({ tags }) => tags[RECIPE]);
  if (recipe === undefined) return false;
  const { releases } = await readChannels(table, recipe);
  return !added.some(({ id }) => releases.some(({ images }) => Object.values(images).includes(id)));
}

/**
 * Puts the parameters back, or deletes them, and removes the versions of launch templates. Returns why AWS refused it, by the id of the
 * resource.
 */
export async function undoPointers(
  { pointers, templates }: Pick<Unpublishing, 'pointers' | 'templates'>,
  clients: UndoClients,
): Promise<Map<string, string>> {
  const refusals = new Map<string, string>();
  const unless = async (id: string, work: Promise<void>) => {
    try {
      await work;
    } catch (error) {
      refusals.set(id, error instanceof Error ? error.message : String(error));
    }
  };
  await Promise.all([
    ...pointers.map((pointer) => unless(pointer.arn, undoPointer(pointer, ssmIn(pointer, clients)))),
    ...templates.map((template) => unless(idOf(template), undoTemplate(template, clients))),
  ]);
  return refusals;
}

/** Ends the turn of an execution whose publication is undone, or that died before it stored one. An execution without the turn changes nothing. */
export async function endUnpublishing(
  table: Table,
  {
    execution,
    recipe,
    publication,
  }: { execution: string; recipe: string | undefined; publication: Publication | undefined },
  now: Date,
): Promise<void> {
  if (publication === undefined) {
    if (recipe !== undefined) await endTurn(table, recipe, execution);
    return;
  }
  return endPublication(table, publication, now);
}

async function endPublication(table: Table, publication: Publication, now: Date): Promise<void> {
  const { execution, recipe, version, isRelease, distribution } = publication;
  if (!isRelease) {
    await endTurn(table, recipe, execution);
    return;
  }
  const channels = await readChannels(table, recipe);
  const mover = { at: now.toISOString(), execution, by: 'clean-up' };
  const changed =
    distribution === undefined
      ? withoutRelease(channels, version, mover)
      : withoutAddition(channels, publication);
  await endTurn(table, recipe, execution, changed);
}

/** What is to be undone, as resources that clean-up finds. */
export const foundPointers = ({
  pointers,
  templates,
  releases = [],
}: Pick<Unpublishing, 'pointers' | 'templates' | 'releases'>): FoundResource[] => {
  const named = (imageId: string, region: string) =>
    releases.find(({ images }) => images[region] === imageId)?.version ?? imageId;
  return [
    ...pointers.map((pointer) => ({
      region: placeName(pointer),
      kind: 'parameter' as const,
      id: pointer.arn,
      ...(pointer.before !== undefined && { putBack: named(pointer.before, pointer.region) }),
      tags: {},
    })),
    ...templates.map((template) => ({
      region: template.region,
      kind: 'launch template version' as const,
      id: idOf(template),
      ...(template.isDefault && { putBack: String(template.before) }),
      tags: {},
    })),
  ];
};

const idOf = ({ id, own }: TemplateToUndo): string => `${id}:${own}`;
