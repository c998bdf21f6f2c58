import type { Followers } from '../../shared/build/followers.ts';

/** The lines about the consumer accounts and launch templates that follow a release. */
export const followerLines = ({ accounts = [], launchTemplates = [] }: Followers): string[] => [
  ...(accounts.length === 0 ? [] : [`    also in ${accounts.join(', ')}`]),
  ...launchTemplates.map(
    ({ region, id, version, default: isDefault }) =>
      `    launch template ${id} in ${region}: version ${version}, ${isDefault ? 'now' : 'not'} the default`,
  ),
];

/** The followers as parts of a report for programs. What is absent is left out. */
export const followersReport = ({ accounts, launchTemplates }: Followers): Followers => ({
  ...(accounts !== undefined && { accounts }),
  ...(launchTemplates !== undefined && { launchTemplates }),
});
