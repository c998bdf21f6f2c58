import { AwsError, missingParameter } from '../core/errors.ts';
import type { Tags } from '../core/resource.ts';
import type { Call } from '../core/service.ts';
import type { Table } from '../core/table.ts';
import { lagMs, type World } from '../core/world.ts';
import { vpcNotFound } from './describe-vpcs.ts';
import { checkReportId, reportNotFound } from './image-usage.ts';
import { isVisible } from './images.ts';
import { checkTemplateId, templateNotFound } from './launch-templates.ts';
import { interfaceNotFound } from './network-interfaces.ts';
import type { ImageRecord, SecurityGroupRule, SharedTagged, SnapshotRecord } from './records.ts';
import {
  checkIds,
  imageGone,
  imageNotFound,
  instanceNotFound,
  securityGroupNotFound,
  snapshotNotFound,
  subnetNotFound,
  volumeNotFound,
} from './refusals.ts';
import { seenGroups } from './security-groups.ts';
import { isSnapshotVisible } from './snapshots.ts';
import { ownTags } from './tagging.ts';

/** A resource with tags: its current tags, and a function that replaces them. */
export interface Taggable {
  readonly tags: Tags;
  readonly kind: string;
  retag(tags: Tags): void;
}

/**
 * The resources of a CreateTags or DeleteTags call. The call can name several types of resources. One unknown
 * resource fails the whole call.
 */
export function taggables(call: Call, ids: readonly string[] | undefined): Taggable[] {
  if (ids === undefined || ids.length === 0) throw missingParameter('resourceIdSet');
  return ids.map((id) => taggable(call, id));
}

/** The resource types that can have tags, by id prefix. */
const kinds: Readonly<Record<string, TaggableKind>> = {
  ami: {
    resourceType: 'image',
    table: ({ images }) => images,
    notFound: (id) => imageNotFound([id]),
    check: (id) => checkIds('ami', [id]),
    refuse: (id, { world, account }) => {
      const image = world.images.get(id);
      if (image?.account === account && image.state === 'deregistered') throw imageGone(id);
    },
    isShared: (image: ImageRecord, { world, account }) => isVisible(world, image, account),
  },
  amiur: {
    resourceType: 'image-usage-report',
    table: ({ imageUsageReports }) => imageUsageReports,
    notFound: reportNotFound,
    check: checkReportId,
  },
  eni: {
    resourceType: 'network-interface',
    table: ({ networkInterfaces }) => networkInterfaces,
    notFound: interfaceNotFound,
  },
  i: {
    resourceType: 'instance',
    table: ({ instances }) => instances,
    notFound: (id) => instanceNotFound([id]),
    check: (id) => checkIds('i', [id]),
  },
  key: {
    resourceType: 'key-pair',
    table: ({ keyPairs }) => keyPairs,
    notFound: (id) => new AwsError('InvalidKeyPair.NotFound', `The key pair ID '${id}' does not exist`),
  },
  lt: {
    resourceType: 'launch-template',
    table: ({ launchTemplates }) => launchTemplates,
    notFound: (id) => templateNotFound({ LaunchTemplateId: id }),
    check: checkTemplateId,
  },
  sg: {
    resourceType: 'security-group',
    table: ({ securityGroups }) => securityGroups,
    notFound: securityGroupNotFound,
    check: (id) => checkIds('sg', [id]),
  },
  snap: {
    resourceType: 'snapshot',
    table: ({ snapshots }) => snapshots,
    notFound: snapshotNotFound,
    check: (id) => checkIds('snap', [id]),
    isShared: (snapshot: SnapshotRecord, { world, account }) => isSnapshotVisible(world, snapshot, account),
  },
  subnet: { resourceType: 'subnet', table: ({ subnets }) => subnets, notFound: subnetNotFound },
  vol: {
    resourceType: 'volume',
    table: ({ volumes }) => volumes,
    notFound: volumeNotFound,
    check: (id) => checkIds('vol', [id]),
  },
  vpc: { resourceType: 'vpc', table: ({ vpcs }) => vpcs, notFound: vpcNotFound },
};

interface TaggableKind {
  readonly resourceType: string;
  // biome-ignore lint/suspicious/noExplicitAny: the tables hold different records, and only the tags matter here.
  readonly table: (world: World) => Table<any>;
  readonly notFound: (id: string) => AwsError;
  /** Refuses an invalid id. */
  readonly check?: (id: string) => void;
  /** Refuses an existing resource that cannot be tagged. */
  readonly refuse?: (id: string, call: Call) => void;
  /** Whether the caller can see a resource of another account, and can add its own tags. */
  // biome-ignore lint/suspicious/noExplicitAny: the records differ by table.
  readonly isShared?: (record: any, call: Call) => boolean;
}

/**
 * Whether the caller can have tags on a record: the caller owns the record, or the record is shared with the
 * caller.
 */
function canHaveTags(kind: TaggableKind, record: SharedTagged, call: Call): boolean {
  if (record.region !== call.region) return false;
  return record.account === call.account || kind.isShared?.(record, call) === true;
}

function taggable(call: Call, id: string): Taggable {
  const { world, account, now } = call;
  const prefix = id.split('-', 1)[0] ?? '';
  if (prefix === 'sgr') return taggableRule(call, id);
  const kind = Object.hasOwn(kinds, prefix) ? kinds[prefix] : undefined;
  if (kind === undefined) throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
  kind.check?.(id);
  kind.refuse?.(id, call);
  const table = kind.table(world) as Table<SharedTagged>;
  const record = table.get(id);
  const isSeen = table.seen(id, now) !== undefined;
  if (record === undefined || !isSeen || !canHaveTags(kind, record, call)) throw kind.notFound(id);
  return {
    tags: ownTags(record, account),
    kind: prefix,
    retag: (tags) => {
      const retagged =
        record.account === account
          ? { ...record, tags }
          : { ...record, tagsOfOthers: { ...record.tagsOfOthers, [account]: tags } };
      table.put(retagged, now, lagMs(world, id));
    },
  };
}

/** Rules are stored in the record of their security group. */
function taggableRule(call: Call, id: string): Taggable {
  const { world, now } = call;
  const isIt = (rule: SecurityGroupRule) => rule.id === id;
  const group = seenGroups(call).find(({ ingress, egress }) => [...ingress, ...egress].some(isIt));
  const rule = group && [...group.ingress, ...group.egress].find(isIt);
  if (group === undefined || rule === undefined) {
    throw new AwsError(
      'InvalidSecurityGroupRuleId.NotFound',
      `The security group rule ID '${id}' does not exist`,
    );
  }
  return {
    tags: rule.tags ?? {},
    kind: 'sgr',
    retag: (tags) => {
      const current = world.securityGroups.get(group.id) ?? group;
      const retagged = (rules: readonly SecurityGroupRule[]) =>
        rules.map((each) => (isIt(each) ? { ...each, tags } : each));
      world.securityGroups.put(
        { ...current, ingress: retagged(current.ingress), egress: retagged(current.egress) },
        now,
        lagMs(world, group.id),
      );
    },
  };
}

/**
 * All resources that an account can see in a region, with EC2's names of the resource types and the account's
 * own tags.
 */
export function taggedResources(call: Call): { id: string; resourceType: string; tags: Tags }[] {
  const { world, account, now } = call;
  const resources = Object.values(kinds).flatMap((kind) =>
    (kind.table(world) as Table<SharedTagged>)
      .allSeen(now)
      .filter((record) => canHaveTags(kind, record, call))
      .map((record) => ({
        id: record.id,
        resourceType: kind.resourceType,
        tags: ownTags(record, account),
      })),
  );
  const rules = seenGroups(call).flatMap(({ ingress, egress }) =>
    [...ingress, ...egress].map(({ id, tags = {} }) => ({ id, resourceType: 'security-group-rule', tags })),
  );
  return [...resources, ...rules];
}
