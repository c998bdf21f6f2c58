import type { KeyMetadata, Tag } from '@aws-sdk/client-kms';
import { AwsError, notEmulated } from '../core/errors.ts';
import { hex, uuid } from '../core/random.ts';
import type { Tags } from '../core/resource.ts';
import type { Call } from '../core/service.ts';
import { checkValue } from '../core/validation.ts';
import { count, type World } from '../core/world.ts';
import { checkPermitted, deniedElsewhere } from './access.ts';
import type { KeyAliasRecord, KeyRecord } from './records.ts';
import { notFound, required } from './refusals.ts';

/**
 * Keys and aliases are visible immediately after a write. The eventual consistency of KMS is not
 * emulated.
 */
export function putKey(world: World, key: KeyRecord, at: number): KeyRecord {
  return world.keys.put(key, at, 0);
}

export function putAlias(world: World, alias: KeyAliasRecord, at: number): KeyAliasRecord {
  return world.keyAliases.put(alias, at, 0);
}

export function newKey(world: World, key: Omit<KeyRecord, 'id' | 'arn' | 'state'>, at: number): KeyRecord {
  const number = count(world, 'key of KMS');
  const id = key.multiRegion
    ? `mrk-${hex(world.seed, 32, 'multi-region key', number)}`
    : uuid(world.seed, 'key of KMS', number);
  const arn = `arn:aws:kms:${key.region}:${key.account}:key/${id}`;
  return putKey(world, { ...key, id, arn, state: 'Enabled' }, at);
}

/** The ARN of `alias/name` or `key/id`. */
export function arnOf(account: string, region: string, name: string): string {
  return `arn:aws:kms:${region}:${account}:${name}`;
}

interface Lookup {
  /** The operation that the key must permit. */
  readonly action: string;
  /** Whether the operation accepts an alias. Most operations accept only a key id or a key ARN. */
  readonly byAlias?: boolean;
  /** Whether the caller may name a key of another account, by its ARN. */
  readonly otherAccounts?: boolean;
  /** The grantee of the grant that the operation creates. */
  readonly granteePrincipal?: string;
}

/** Returns the key that the caller names, if the key permits the operation. */
export function permittedKey(call: Call, given: string | undefined, lookup: Lookup): KeyRecord {
  const id = required(given, 'keyId');
  checkValue(id, 'keyId', { length: [1, 2048] });
  const key = namedKey(call, id, lookup);
  if (key.account !== call.account && !lookup.otherAccounts) {
    throw new AwsError(
      'AccessDeniedException',
      `You are not authorized to perform kms:${lookup.action} on a key of another account.`,
    );
  }
  checkPermitted(call, key, lookup);
  return key;
}

function namedKey(call: Call, id: string, { action, byAlias = false }: Lookup): KeyRecord {
  const { world, account, region } = call;
  const [, arnRegion, arnAccount, rest] =
    /^arn:aws[\w-]*:kms:([a-z0-9-]+):(\d{12}):((?:key|alias)\/.+)$/.exec(id) ?? [];
  if (id.startsWith('arn:') && rest === undefined) throw notFound(`Invalid arn ${id}`);
  if (arnRegion !== undefined && arnRegion !== region) throw notFound(`Invalid arn ${arnRegion}`);
  const owner = arnAccount ?? account;
  const name = rest ?? id;
  if (name.startsWith('alias/')) {
    if (!byAlias) throw notFound(`Invalid keyId '${id}'`);
    const alias = world.keyAliases.get(arnOf(owner, region, name));
    const target = alias && world.keys.get(alias.keyId);
    if (target !== undefined) return target;
    throw owner === account
      ? notFound(`Alias ${arnOf(owner, region, name)} is not found.`)
      : deniedElsewhere(call, action);
  }
  const keyId = name.replace(/^key\//, '');
  const key = world.keys.get(keyId);
  if (key !== undefined && key.account === owner && key.region === region) return key;
  if (owner !== account) throw deniedElsewhere(call, action);
  if (!/^([0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}|mrk-[0-9a-f]{32})$/.test(keyId)) {
    throw notFound(`Invalid keyId '${id}'`);
  }
  throw notFound(`Key '${arnOf(owner, region, `key/${keyId}`)}' does not exist`);
}

const dayMs = 86_400_000;

export const daysMs = (days: number) => days * dayMs;

export function keyMetadata(key: KeyRecord): KeyMetadata {
  return {
    AWSAccountId: key.account,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: new Date(key.creationTime),
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: key.state,
    ...(key.deletionTime === undefined ? {} : { DeletionDate: new Date(key.deletionTime) }),
    Origin: 'AWS_KMS',
    KeyManager: key.manager,
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: key.multiRegion,
    ...(key.multiRegion
      ? {
          MultiRegionConfiguration: {
            MultiRegionKeyType: 'PRIMARY',
            PrimaryKey: { Arn: key.arn, Region: key.region },
            ReplicaKeys: [],
          },
        }
      : {}),
  };
}

const tagsMax = 50;

/** Adds the tags of a request to existing tags. */
export function withTags(tags: Tags, list: readonly Tag[]): Tags {
  const added: Record<string, string> = {};
  for (const { TagKey, TagValue } of list) {
    const key = required(TagKey, 'tags.member.tagKey');
    const value = required(TagValue, 'tags.member.tagValue');
    checkValue(key, 'tags.member.tagKey', { length: [1, 128] });
    checkValue(value, 'tags.member.tagValue', { length: [0, 256] });
    if (key.startsWith('aws:')) {
      throw new AwsError('TagException', 'Tag keys that begin with aws: are reserved for AWS use.');
    }
    if (Object.hasOwn(added, key)) throw new AwsError('TagException', `Duplicate tag key: ${key}`);
    added[key] = value;
  }
  const all = { ...tags, ...added };
  if (Object.keys(all).length > tagsMax) {
    throw new AwsError('LimitExceededException', `A key can have no more than ${tagsMax} tags.`);
  }
  return all;
}

/**
 * The default key policy of KMS: the account has full access and delegates permissions through IAM.
 */
export function defaultPolicy(account: string): string {
  return JSON.stringify(
    {
      Version: '2012-10-17',
      Id: 'key-default-1',
      Statement: [
        {
          Sid: 'Enable IAM User Permissions',
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: 'kms:*',
          Resource: '*',
        },
      ],
    },
    null,
    2,
  );
}

/** The AWS managed key of EBS. The first use in an account and region creates the key. */
export const ebsAliasName = 'alias/aws/ebs';

export function managedEbsKey(world: World, account: string, region: string, at: number): KeyRecord {
  const id = arnOf(account, region, ebsAliasName);
  const alias = world.keyAliases.get(id);
  const known = alias && world.keys.get(alias.keyId);
  if (known !== undefined) return known;
  const key = newKey(
    world,
    {
      account,
      region,
      tags: {},
      description: 'Default key that protects my EBS volumes when no other key is defined',
      manager: 'AWS',
      multiRegion: false,
      creationTime: at,
      policy: managedEbsPolicy(account, region),
      // AWS rotates its managed keys once a year.
      rotation: { periodDays: 365, since: at },
    },
    at,
  );
  putAlias(
    world,
    { id, account, region, name: ebsAliasName, keyId: key.id, creationTime: at, updateTime: at },
    at,
  );
  return key;
}

/**
 * Every principal in the account may use the key through EC2. The account may describe the key.
 * Nothing can change the key.
 */
function managedEbsPolicy(account: string, region: string): string {
  return JSON.stringify(
    {
      Version: '2012-10-17',
      Id: 'auto-ebs-2',
      Statement: [
        {
          Sid: 'Allow access through EBS for all principals in the account that are authorized to use EBS',
          Effect: 'Allow',
          Principal: { AWS: '*' },
          Action: [
            'kms:Encrypt',
            'kms:Decrypt',
            'kms:ReEncrypt*',
            'kms:GenerateDataKey*',
            'kms:CreateGrant',
            'kms:DescribeKey',
          ],
          Resource: '*',
          Condition: {
            StringEquals: {
              'kms:CallerAccount': account,
              'kms:ViaService': `ec2.${region}.amazonaws.com`,
            },
          },
        },
        {
          Sid: 'Allow direct access to key metadata to the account',
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
          Resource: '*',
        },
      ],
    },
    null,
    2,
  );
}

/**
 * On AWS, the first use of another service's alias also creates a key. Those keys are not emulated.
 */
export function refuseOtherManagedKeys(id: string): void {
  const [, name] = /(?:^|:)(alias\/aws\/.+)$/.exec(id) ?? [];
  if (name !== undefined && name !== ebsAliasName) throw notEmulated(`the AWS managed key ${name}`);
}
