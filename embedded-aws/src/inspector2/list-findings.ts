import type {
  Finding,
  ListFindingsCommandInput,
  ListFindingsCommandOutput,
} from '@aws-sdk/client-inspector2';
import type { Operation } from '../core/service.ts';
import * as constraints from './constraints.ts';
import { filterPaths, passes } from './filters.ts';
import { findingShape, isKept } from './findings.ts';
import { page } from './paging.ts';
import { checkRequest } from './refusals.ts';

const valuesOf = {
  awsAccountId: ({ awsAccountId }) => [awsAccountId],
  ec2InstanceImageId: ({ resources }) => [resources?.[0]?.details?.awsEc2Instance?.imageId],
  findingArn: ({ findingArn }) => [findingArn],
  findingStatus: ({ status }) => [status],
  findingType: ({ type }) => [type],
  fixAvailable: ({ fixAvailable }) => [fixAvailable],
  resourceId: ({ resources }) => [resources?.[0]?.id],
  resourceType: ({ resources }) => [resources?.[0]?.type],
  severity: ({ severity }) => [severity],
  title: ({ title }) => [title],
  vulnerabilityId: ({ packageVulnerabilityDetails }) => [packageVulnerabilityDetails?.vulnerabilityId],
} as const satisfies Record<string, (finding: Finding) => readonly (string | undefined)[]>;

const names = Object.keys(valuesOf) as (keyof typeof valuesOf)[];

/** The maximum and the default size of a page. */
const most = 100;

export const listFindings: Operation<ListFindingsCommandInput, ListFindingsCommandOutput> = {
  kind: 'read',
  accepts: ['maxResults', 'nextToken', ...filterPaths(names)],
  run(input, { world, account, region, now }) {
    const comparisons = constraints.filters(['EQUALS', 'PREFIX', 'NOT_EQUALS']);
    checkRequest(input, {
      maxResults: { range: [0, most] },
      nextToken: constraints.nextToken,
      filterCriteria: { members: Object.fromEntries(names.map((name) => [name, comparisons])) },
    });
    const { filterCriteria = {} } = input;
    const findings = world.inspectorFindings
      .allSeen(now)
      .filter((record) => record.account === account && record.region === region)
      .filter((record) => isKept(world, record, now))
      .map((record) => findingShape(world, record))
      .filter((finding) =>
        names.every((name) => {
          const values = valuesOf[name](finding).map((value) => value ?? '');
          return passes(values, filterCriteria[name]);
        }),
      );
    const { items, next } = page(findings, input, most);
    return { findings: items, ...next };
  },
};
