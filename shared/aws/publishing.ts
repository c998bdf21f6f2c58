import { imagesBefore, type MadePut, nextPuts, type Publication, placeName } from '../build/publication.ts';
import type { Table } from './builds-table.ts';
import { readPublication, storePublication, type Turn } from './channels-table.ts';
import { type PointerClients, putPointer, readPointers, ssmIn } from './pointers.ts';

/** A publication, before it is known what the channel named before. */
export type IntendedPublication = Omit<Publication, 'before'>;

/** How far a publication is. `awaiting`: the end of the sentence "Waiting for …". */
export type PublicationProgress =
  | { readonly phase: 'done' }
  | { readonly phase: 'versions' | 'channel'; readonly awaiting: string; readonly puts: MadePut[] };

/**
 * Does the next step of a publication: writes the parameters that are missing. `made`: the writes so far. The caller has the turn to move
 * the channels of the recipe. The table keeps what the channel named before the first write.
 */
export async function advancePublication(
  intended: IntendedPublication,
  { turn, made, now }: { readonly turn: Turn; readonly made: readonly MadePut[]; readonly now: Date },
  deps: Table & PointerClients,
): Promise<PublicationProgress> {
  const publication = await begin(intended, turn, now, deps);
  const { phase, awaited, puts } = nextPuts(publication, await readPointers(publication, deps), made, now);
  if (phase === 'done') return { phase };
  const description = `${publication.recipe} ${publication.version}`;
  // Waits for all places before it throws: an error in one place must not interrupt the calls in others.
  const results = await Promise.allSettled(puts.map((put) => putPointer(put, description, ssmIn(put, deps))));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  const at = now.toISOString();
  const places = awaited.map(placeName).join(', ');
  return {
    phase,
    awaiting: `Parameter Store to accept ${awaited[0]?.name} in ${places}`,
    puts: [...made, ...puts.map((put) => ({ region: placeName(put), name: put.name, at }))],
  };
}

/** Stores the publication before its first write. In a repeated invocation, the stored publication counts. */
async function begin(
  intended: IntendedPublication,
  { died }: Turn,
  now: Date,
  deps: Table & PointerClients,
): Promise<Publication> {
  const stored = await readPublication(deps, intended.execution);
  // The channels are decided again: the execution may have lost its turn to a newer release.
  if (stored?.version === intended.version) return { ...stored, channels: intended.channels };
  const former = await Promise.all(died.map((execution) => readPublication(deps, execution)));
  const before = imagesBefore(
    await readPointers(intended, deps),
    former.filter((one) => one !== undefined),
    intended.channels,
  );
  return storePublication(deps, { ...intended, before }, now);
}
