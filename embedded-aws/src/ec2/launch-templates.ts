import { AwsError, missingParameter } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import { count, type World } from '../core/world.ts';
import type { LaunchTemplateRecord, LaunchTemplateVersionRecord } from './records.ts';
import { parameterCombination } from './refusals.ts';

export interface TemplateKey {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
}

const idForm = /^lt-([0-9a-f]{8}|[0-9a-f]{17})$/;

export function checkTemplateId(id: string): void {
  if (idForm.test(id)) return;
  throw new AwsError('InvalidLaunchTemplateId.Malformed', `The launch template ID '${id}' is malformed`);
}

export function templateNotFound({ LaunchTemplateId: id, LaunchTemplateName }: TemplateKey): AwsError {
  return LaunchTemplateName === undefined
    ? new AwsError(
        'InvalidLaunchTemplateId.NotFound',
        `The specified launch template, with template ID ${id}, does not exist.`,
      )
    : new AwsError(
        'InvalidLaunchTemplateName.NotFoundException',
        `The specified launch template, with template name ${LaunchTemplateName}, does not exist.`,
      );
}

/** Refuses an invalid launch template name. */
export function checkTemplateName(name: string): void {
  if (/^[a-zA-Z0-9()./_-]{3,128}$/.test(name)) return;
  throw new AwsError(
    'InvalidLaunchTemplateName.MalformedException',
    'A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the following characters: - ( ) . / _.',
  );
}

/** The launch template that a request names by id or by name, but not by both. Subject to read lag. */
export function findTemplate(key: TemplateKey, call: Call): LaunchTemplateRecord {
  const { LaunchTemplateId: id, LaunchTemplateName: name } = key;
  if (id !== undefined && name !== undefined) {
    throw parameterCombination(
      'The parameters LaunchTemplateId and LaunchTemplateName may not be used together. Specify one of them.',
    );
  }
  if (id !== undefined) checkTemplateId(id);
  else if (name === undefined) throw missingParameter('LaunchTemplateId or LaunchTemplateName');
  const seen = ownTemplates(call).find((template) =>
    id === undefined ? template.name === name : template.id === id,
  );
  const template = seen && call.world.launchTemplates.get(seen.id);
  if (template === undefined) throw templateNotFound(key);
  return template;
}

export function ownTemplates({ world, account, region, now }: Call): LaunchTemplateRecord[] {
  return world.launchTemplates
    .allSeen(now)
    .filter((template) => template.account === account && template.region === region);
}

/** The version number that `$Latest`, `$Default` or a number refers to. */
export function versionNumber(template: LaunchTemplateRecord, asked: string | undefined): number {
  if (asked === undefined || asked === '$Default') return template.defaultVersion;
  if (asked === '$Latest') return template.latestVersion;
  if (!/^\d{1,15}$/.test(asked)) {
    throw new AwsError(
      'InvalidLaunchTemplateVersion.Malformed',
      `The launch template version '${asked}' is malformed. Specify a version number, $Latest or $Default.`,
    );
  }
  return Number(asked);
}

/** EC2 never reuses a number, even when the latest version is deleted. */
export function nextVersionNumber(
  world: World,
  { id, latestVersion }: Pick<LaunchTemplateRecord, 'id' | 'latestVersion'>,
): number {
  return Math.max(count(world, `launch template version ${id}`), latestVersion + 1);
}

export function findVersion(
  template: LaunchTemplateRecord,
  asked: string | undefined,
): LaunchTemplateVersionRecord {
  const number = versionNumber(template, asked);
  const version = template.versions.find((each) => each.version === number);
  if (version === undefined) throw versionNotFound(template.id, number);
  return version;
}

function versionNotFound(templateId: string, version: number): AwsError {
  return new AwsError(
    'InvalidLaunchTemplateId.VersionNotFound',
    `Could not find the specified version ${version} for the launch template with ID ${templateId}.`,
  );
}
