import type {
  DeleteLaunchTemplateVersionsCommandInput,
  DeleteLaunchTemplateVersionsCommandOutput,
  LaunchTemplateErrorCode,
} from '@aws-sdk/client-ec2';
import { invalidParameter, missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { findTemplate, versionNumber } from './launch-templates.ts';
import type { LaunchTemplateRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';

const versionsPerCallMax = 200;

/**
 * The response lists versions that cannot be deleted (the default version, unknown versions). EC2 deletes the
 * other versions.
 */
export const deleteLaunchTemplateVersions: Operation<
  DeleteLaunchTemplateVersionsCommandInput,
  DeleteLaunchTemplateVersionsCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun', 'LaunchTemplateId', 'LaunchTemplateName', 'Versions'],
  run(input, call) {
    const { world, now } = call;
    const { Versions = [] } = input;
    if (Versions.length === 0) throw missingParameter('Versions');
    if (Versions.length > versionsPerCallMax) {
      throw invalidParameter(`No more than ${versionsPerCallMax} versions can be deleted in one call.`);
    }
    const template = findTemplate(input, call);
    const numbers = [...new Set(Versions.map((asked) => versionNumber(template, asked)))];
    checkDryRun(input);
    const refused = numbers.flatMap((version) => refusalOf(version, template));
    const deleted = numbers.filter((version) => !refused.some((each) => each.version === version));
    const versions = template.versions.filter(({ version }) => !deleted.includes(version));
    // EC2 never reuses the number of a deleted version, but `$Latest` means the highest remaining version.
    const latestVersion = Math.max(...versions.map(({ version }) => version));
    world.launchTemplates.put({ ...template, latestVersion, versions }, now, lagMs(world, template.id));
    const key = { LaunchTemplateId: template.id, LaunchTemplateName: template.name };
    return {
      SuccessfullyDeletedLaunchTemplateVersions: deleted.map((VersionNumber) => ({ ...key, VersionNumber })),
      UnsuccessfullyDeletedLaunchTemplateVersions: refused.map(({ version, Code, Message }) => ({
        ...key,
        VersionNumber: version,
        ResponseError: { Code, Message },
      })),
    };
  },
};

interface Refusal {
  readonly version: number;
  readonly Code: LaunchTemplateErrorCode;
  readonly Message: string;
}

function refusalOf(version: number, { id, defaultVersion, versions }: LaunchTemplateRecord): Refusal[] {
  if (!versions.some((each) => each.version === version)) {
    const Message = `Could not find the specified version ${version} for the launch template with ID ${id}.`;
    return [{ version, Code: 'launchTemplateVersionDoesNotExist', Message }];
  }
  if (version !== defaultVersion) return [];
  const Message = 'The default version of a launch template cannot be deleted.';
  return [{ version, Code: 'unexpectedError', Message }];
}
