import {
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateVersionsCommand,
  DescribeLaunchTemplateVersionsCommand,
  type EC2Client,
  type LaunchTemplateVersion,
  ModifyLaunchTemplateCommand,
  paginateDescribeLaunchTemplateVersions,
} from '@aws-sdk/client-ec2';
import { clientToken } from '../build/client-token.ts';
import type { Publication } from '../build/publication.ts';
import {
  type FoundTemplate,
  type PublishedTemplate,
  type SeenTemplate,
  type Template,
  type TemplateToUndo,
  templateDescription,
} from '../build/template-versions.ts';
import { Denied, NotFound, Refused } from '../errors.ts';
import type { Clients } from './clients.ts';

/** Reads the default versions of launch templates for Plan. */
export async function findTemplates(
  templates: readonly Template[],
  { ec2 }: Pick<Clients, 'ec2'>,
): Promise<FoundTemplate[]> {
  return Promise.all(
    templates.map(async ({ region, id }) => {
      try {
        const { LaunchTemplateData } = await defaultVersion(id, ec2(region));
        return { region, id, imageId: LaunchTemplateData?.ImageId };
      } catch (error) {
        if (!(error instanceof NotFound || error instanceof Refused || error instanceof Denied)) throw error;
        return { region, id, reason: error.message, isDenied: error instanceof Denied };
      }
    }),
  );
}

async function defaultVersion(LaunchTemplateId: string, ec2: EC2Client): Promise<LaunchTemplateVersion> {
  const { LaunchTemplateVersions = [] } = await ec2.send(
    new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ['$Default'] }),
  );
  const [version] = LaunchTemplateVersions;
  if (version === undefined) throw new NotFound(`The launch template ${LaunchTemplateId} does not exist`);
  return version;
}

/** What identifies the versions that an execution creates. */
type Origin = Pick<Publication, 'recipe' | 'version' | 'execution' | 'images'>;

/** Reads a launch template, and the version of it that an execution has created. */
export async function readTemplate(
  origin: Origin,
  { region, id }: Pick<Template, 'region' | 'id'>,
  { ec2 }: Pick<Clients, 'ec2'>,
): Promise<SeenTemplate> {
  const client = ec2(region);
  const [{ VersionNumber = 0, LaunchTemplateData, VersionDescription }, own] = await Promise.all([
    defaultVersion(id, client),
    findOwn(origin, { region, id }, client),
  ]);
  const imageId = LaunchTemplateData?.ImageId;
  return {
    region,
    id,
    default: {
      number: VersionNumber,
      ...(imageId !== undefined && { imageId }),
      ...(VersionDescription !== undefined && { description: VersionDescription }),
    },
    own: own?.VersionNumber,
  };
}

async function findOwn(
  origin: Origin,
  { region, id }: Pick<Template, 'region' | 'id'>,
  client: EC2Client,
): Promise<LaunchTemplateVersion | undefined> {
  const Filters = [{ Name: 'image-id', Values: [origin.images[region] ?? ''] }];
  const pages = paginateDescribeLaunchTemplateVersions({ client }, { LaunchTemplateId: id, Filters });
  for await (const { LaunchTemplateVersions = [] } of pages) {
    const own = LaunchTemplateVersions.find(
      ({ VersionDescription }) => VersionDescription === templateDescription(origin),
    );
    if (own !== undefined) return own;
  }
  return undefined;
}

/**
 * Creates a version that differs from the former default version only in its image. Safe to repeat: EC2 answers a repeated client token with
 * the version that exists (EC2 developer guide, "Ensuring idempotency").
 */
export async function createTemplateVersion(
  origin: Origin,
  { region, id, before }: PublishedTemplate,
  { ec2 }: Pick<Clients, 'ec2'>,
): Promise<void> {
  const { execution, version, images } = origin;
  await ec2(region).send(
    new CreateLaunchTemplateVersionCommand({
      LaunchTemplateId: id,
      SourceVersion: String(before),
      LaunchTemplateData: { ImageId: images[region] },
      VersionDescription: templateDescription(origin),
      ClientToken: clientToken(execution, version, id),
    }),
  );
}

export async function makeDefault(
  { region, id }: Pick<Template, 'region' | 'id'>,
  number: number,
  { ec2 }: Pick<Clients, 'ec2'>,
): Promise<void> {
  await ec2(region).send(
    new ModifyLaunchTemplateCommand({ LaunchTemplateId: id, DefaultVersion: String(number) }),
  );
}

/** Removes a version. If it is the default version, the former default version becomes it again first. */
export async function undoTemplate(template: TemplateToUndo, clients: Pick<Clients, 'ec2'>): Promise<void> {
  const { region, id, own, before, isDefault } = template;
  if (isDefault) await makeDefault(template, before, clients);
  // EC2 answers successfully, and lists the versions that it did not delete.
  const { UnsuccessfullyDeletedLaunchTemplateVersions: failed = [] } = await clients
    .ec2(region)
    .send(new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId: id, Versions: [String(own)] }));
  for (const { ResponseError: { Code, Message } = {} } of failed)
    if (Code !== 'launchTemplateVersionDoesNotExist') throw new Refused(`${Code}: ${Message}`);
}
