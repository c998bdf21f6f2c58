import { type Followers, followersOf } from '../build/followers.ts';
import { isFinal } from '../build/optional-regions.ts';
import { imagesBefore, type MadePut, nextPuts, type Publication, placeName } from '../build/publication.ts';
import {
  nextTemplates,
  type SeenTemplate,
  type Template,
  templatesBefore,
} from '../build/template-versions.ts';
import { NotFound } from '../errors.ts';
import type { Table } from './builds-table.ts';
import { readPublication, storePublication, type Turn } from './channels-table.ts';
import type { Clients } from './clients.ts';
import { createTemplateVersion, makeDefault, readTemplate } from './launch-templates.ts';
import { type PointerClients, putPointer, readPointers, ssmIn } from './pointers.ts';

/** A publication, before it is known what the channel named before. */
export interface IntendedPublication extends Omit<Publication, 'before' | 'templates'> {
  /** The launch templates that follow one of the channels. */
  readonly templates: readonly Template[];
}

/** How far a publication is. `awaiting`: the end of the sentence "Waiting for …". */
export type PublicationProgress =
  | { readonly phase: 'done'; readonly followers: Followers }
  | { readonly phase: 'versions' | 'channel'; readonly awaiting: string; readonly puts: MadePut[] };

type PublishingDeps = Table & PointerClients & Pick<Clients, 'ec2'>;

/**
 * Does the next step of a publication: writes what is missing. `made`: the writes so far. The caller has the turn to move the channels of the
 * recipe. The table keeps what the channel named before the first write.
 * New versions of launch templates are created together with the parameters of the version, which prove that the pipeline may write. They
 * become the default versions together with the move of the channel.
 */
export async function advancePublication(
  intended: IntendedPublication,
  { turn, made, now }: { readonly turn: Turn; readonly made: readonly MadePut[]; readonly now: Date },
  deps: PublishingDeps,
): Promise<PublicationProgress> {
  const publication = await begin(intended, turn, now, deps);
  const [pointers, templates] = await Promise.all([
    readPointers(publication, deps),
    readTemplates(publication, publication.templates ?? [], deps),
  ]);
  const next = nextPuts(publication, pointers, made, now);
  const { create, makeDefault: unset } = nextTemplates(publication, templates);
  const isEarly = next.phase === 'versions' || create.length > 0;
  if (!isEarly && next.phase === 'done' && unset.length === 0)
    return { phase: 'done', followers: followersOf(publication, templates) };
  const phase = isEarly ? 'versions' : 'channel';
  const { awaited, puts } = next.phase === phase ? next : { awaited: [], puts: [] };
  const changed = isEarly ? create : unset;
  const description = `${publication.recipe} ${publication.version}`;
  // Waits for all places before it throws: an error in one place must not interrupt the calls in others.
  const results = await Promise.allSettled([
    ...puts.map((put) => putPointer(put, description, ssmIn(put, deps))),
    ...(isEarly
      ? create.map((template) => createTemplateVersion(publication, template, deps))
      : unset.map((template) => makeDefault(template, template.own, deps))),
  ]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  const at = now.toISOString();
  const parameters = `Parameter Store to accept ${awaited[0]?.name} in ${awaited.map(placeName).join(', ')}`;
  const versions = `EC2 to show the ${isEarly ? 'new' : 'default'} version of ${changed.map(({ id }) => id).join(', ')}`;
  return {
    phase,
    awaiting: [...(awaited.length > 0 ? [parameters] : []), ...(changed.length > 0 ? [versions] : [])].join(
      ', and ',
    ),
    puts: [...made, ...puts.map((put) => ({ region: placeName(put), name: put.name, at }))],
  };
}

/** The followers of a publication that is complete. A launch template that cannot be read any more must not fail it. */
export async function readFollowers(
  publication: Publication | IntendedPublication,
  deps: Pick<Clients, 'ec2'>,
): Promise<Followers> {
  const found = await Promise.all(
    (publication.templates ?? []).map(async (template) => {
      try {
        return [await readTemplate(publication, template, deps)];
      } catch (error) {
        if (!(isFinal(error) || error instanceof NotFound)) throw error;
        return [];
      }
    }),
  );
  return followersOf(publication, found.flat());
}

const readTemplates = (
  publication: Parameters<typeof readTemplate>[0],
  templates: readonly Template[],
  deps: Pick<Clients, 'ec2'>,
): Promise<SeenTemplate[]> =>
  Promise.all(templates.map((template) => readTemplate(publication, template, deps)));

/** Stores the publication before its first write. In a repeated invocation, the stored publication counts. */
async function begin(
  intended: IntendedPublication,
  { died }: Turn,
  now: Date,
  deps: PublishingDeps,
): Promise<Publication> {
  const stored = await readPublication(deps, intended.execution);
  // The channels are decided again: the execution may have lost its turn to a newer release.
  if (stored?.version === intended.version) return { ...stored, channels: intended.channels };
  const read = await Promise.all(died.map((execution) => readPublication(deps, execution)));
  const former = read.filter((one) => one !== undefined);
  const { templates: targets, ...rest } = intended;
  const before = imagesBefore(await readPointers(intended, deps), former, intended.channels);
  const templates = templatesBefore(targets, await readTemplates(intended, targets, deps), former);
  const publication = { ...rest, ...(templates.length > 0 && { templates }), before };
  return storePublication(deps, publication, now);
}
