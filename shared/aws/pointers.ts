import {
  DeleteParameterCommand,
  GetParametersCommand,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import {
  channelParameter,
  type Pointer,
  type PointerToUndo,
  type Publication,
  type SeenPointers,
  versionParameter,
} from '../build/publication.ts';
import { Conflict, NotFound } from '../errors.ts';
import type { Clients } from './clients.ts';

/** Reads the parameters of a publication in all its regions. */
export async function readPointers(
  publication: Pick<Publication, 'recipe' | 'version' | 'channels' | 'images'>,
  { ssm }: Pick<Clients, 'ssm'>,
): Promise<SeenPointers[]> {
  const { recipe, version, channels, images } = publication;
  const versionName = versionParameter(recipe, version);
  const channelNames = channels.map((channel) => [channel, channelParameter(recipe, channel)] as const);
  // A recipe has fewer channels than the ten names that one call can read.
  const Names = [versionName, ...channelNames.map(([, name]) => name)];
  return Promise.all(
    Object.keys(images).map(async (region) => {
      // Unlike GetParameter, it returns the names that do not exist.
      const { Parameters = [] } = await ssm(region).send(new GetParametersCommand({ Names }));
      const imageOf = (name: string) => Parameters.find((parameter) => parameter.Name === name)?.Value;
      const arns = Object.fromEntries(Parameters.map(({ Name = '', ARN = '' }) => [Name, ARN]));
      const named = channelNames.flatMap(([channel, name]) => {
        const imageId = imageOf(name);
        return imageId === undefined ? [] : [[channel, imageId] as const];
      });
      return { region, version: imageOf(versionName), channels: Object.fromEntries(named), arns };
    }),
  );
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
