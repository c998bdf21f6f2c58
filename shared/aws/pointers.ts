import {
  DeleteParameterCommand,
  GetParametersCommand,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import {
  channelParameter,
  type Pointer,
  type PointerPlace,
  type PointerToUndo,
  type Publication,
  placeName,
  placesOf,
  type SeenPointers,
  versionParameter,
} from '../build/publication.ts';
import { Conflict, NotFound } from '../errors.ts';
import type { Clients } from './clients.ts';
import type { Consumers } from './consumer-clients.ts';

/** The clients of the account of the pipeline, and those of consumer accounts. */
export interface PointerClients extends Pick<Clients, 'ssm'> {
  readonly consumers: Consumers;
}

/** The client for the parameters in a place. */
export const ssmIn = ({ region, role }: PointerPlace, { ssm, consumers }: PointerClients): SSMClient =>
  (role === undefined ? ssm : consumers(role).ssm)(region);

/** What a publication needs to find its parameters. */
type Named = Pick<Publication, 'recipe' | 'version' | 'channels' | 'images' | 'consumerRoles' | 'leftOut'>;

/** The parameters of a publication, and why they cannot be read in some places, by the name of the place. */
export interface FoundPointers {
  readonly seen: readonly SeenPointers[];
  readonly unread: ReadonlyMap<string, unknown>;
}

/** Reads the parameters of a publication in all its places. One place that cannot be read does not affect the others. */
export async function findPointers(publication: Named, clients: PointerClients): Promise<FoundPointers> {
  const unread = new Map<string, unknown>();
  const found = await Promise.all(
    placesOf(publication).map(async (place) => {
      try {
        return [await readPlace(publication, place, clients)];
      } catch (error) {
        unread.set(placeName(place), error);
        return [];
      }
    }),
  );
  return { seen: found.flat(), unread };
}

/** Reads the parameters of a publication in all its places. */
export async function readPointers(publication: Named, clients: PointerClients): Promise<SeenPointers[]> {
  const { seen, unread } = await findPointers(publication, clients);
  for (const error of unread.values()) throw error;
  return [...seen];
}

async function readPlace(
  { recipe, version, channels }: Named,
  place: PointerPlace,
  clients: PointerClients,
): Promise<SeenPointers> {
  const versionName = versionParameter(recipe, version);
  const channelNames = channels.map((channel) => [channel, channelParameter(recipe, channel)] as const);
  // A recipe has fewer channels than the ten names that one call can read.
  const Names = [versionName, ...channelNames.map(([, name]) => name)];
  // Unlike GetParameter, it returns the names that do not exist.
  const { Parameters = [] } = await ssmIn(place, clients).send(new GetParametersCommand({ Names }));
  const imageOf = (name: string) => Parameters.find((parameter) => parameter.Name === name)?.Value;
  const arns = Object.fromEntries(Parameters.map(({ Name = '', ARN = '' }) => [Name, ARN]));
  const named = channelNames.flatMap(([channel, name]) => {
    const imageId = imageOf(name);
    return imageId === undefined ? [] : [[channel, imageId] as const];
  });
  return { ...place, version: imageOf(versionName), channels: Object.fromEntries(named), arns };
}

/**
 * Writes a parameter. Parameter Store answers before it validates the image, so only a later read shows whether the write counts. The
 * parameter of a version is never overwritten: if it exists by now, the next read decides whether it names the same image.
 */
export async function putPointer(
  { kind, name, imageId }: Pick<Pointer, 'kind' | 'name' | 'imageId'>,
  description: string,
  ssm: SSMClient,
): Promise<void> {
  const put = new PutParameterCommand({
    Name: name,
    Value: imageId,
    Type: 'String',
    DataType: 'aws:ec2:image',
    Description: description,
    Overwrite: kind === 'channel',
  });
  try {
    await ssm.send(put);
  } catch (error) {
    if (kind === 'version' && error instanceof Conflict) return;
    throw error;
  }
}

/** Puts a parameter back, or deletes it if it did not exist before. */
export async function undoPointer({ kind, name, before }: PointerToUndo, ssm: SSMClient): Promise<void> {
  if (before !== undefined) return putPointer({ kind, name, imageId: before }, 'Put back', ssm);
  try {
    await ssm.send(new DeleteParameterCommand({ Name: name }));
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
  }
}
