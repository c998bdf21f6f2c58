import type {
  CopyImageCommandInput,
  CreateImageCommandInput,
  CreateTagsCommandInput,
  DeregisterImageCommandInput,
  ModifyImageAttributeCommandInput,
  RegisterImageCommandInput,
  RunInstancesCommandInput,
  TagSpecification,
} from '@aws-sdk/client-ec2';
import type { Tagged, World } from 'embedded-aws';
import {
  type CheckedCall,
  type Context,
  NEW,
  type Needs,
  type Permission,
  passRole,
  requestTags,
  resourceTags,
  tagsOf,
} from './permission.ts';

/**
 * The permissions that the operations of EC2 need, except operations without resource-level permissions (Service Authorization Reference,
 * "Actions, resources, and condition keys for Amazon EC2"). An id that does not exist needs no permission: the test assumes that EC2
 * reports the missing id first, because there are no tags to check.
 */
export const needsOfEc2: Readonly<Record<string, Needs>> = {
  ...each(
    ['RebootInstances', 'StartInstances', 'StopInstances', 'TerminateInstances'],
    (action) =>
      ({ input, ...call }) =>
        (input.InstanceIds as string[]).flatMap((id) => existing(action, call, id)),
  ),
  ...each(
    [
      'DescribeImageAttribute',
      'DisableFastLaunch',
      'DisableImageDeregistrationProtection',
      'EnableFastLaunch',
      'EnableImageDeprecation',
      'EnableImageDeregistrationProtection',
      'ResetImageAttribute',
    ],
    (action) => (call) => existing(action, call, String(call.input.ImageId)),
  ),
  ...each(
    ['DisableFastSnapshotRestores', 'EnableFastSnapshotRestores'],
    (action) =>
      ({ input, ...call }) =>
        (input.SourceSnapshotIds as string[]).flatMap((id) => existing(action, call, id)),
  ),
  // LaunchPermission has several members, and ec2:Attribute supports only attributes with one value (EC2 developer guide).
  ModifyImageAttribute: (call) => {
    const { ImageId, ImdsSupport } = call.input as unknown as ModifyImageAttributeCommandInput;
    const context: Context = ImdsSupport?.Value ? { 'ec2:Attribute/ImdsSupport': ImdsSupport.Value } : {};
    return existing('ec2:ModifyImageAttribute', call, ImageId ?? '', { context });
  },
  ...each(
    ['DeleteSnapshot', 'DescribeSnapshotAttribute', 'ModifySnapshotAttribute', 'ResetSnapshotAttribute'],
    (action) => (call) => existing(action, call, String(call.input.SnapshotId)),
  ),
  ...each(
    ['CreateLaunchTemplateVersion', 'DeleteLaunchTemplateVersions', 'ModifyLaunchTemplate'],
    (action) => (call) => existing(action, call, String(call.input.LaunchTemplateId)),
  ),
  ...each(['DeleteVolume'], (action) => (call) => existing(action, call, String(call.input.VolumeId))),

  CreateTags: (call) => {
    const { Resources, Tags } = call.input as unknown as CreateTagsCommandInput;
    return (Resources ?? []).flatMap((id) =>
      existing('ec2:CreateTags', call, id, { context: requestTags(tagsOf(Tags)) }),
    );
  },

  RunInstances: (call) => {
    const input = call.input as unknown as RunInstancesCommandInput;
    const { ImageId = '', SecurityGroupIds, SubnetId = '', TagSpecifications: specifications } = input;
    if (input.KeyName ?? input.LaunchTemplate ?? SubnetId === '') {
      throw new Error('the test does not know which permissions RunInstances needs with this input');
    }
    const action = 'ec2:RunInstances';
    const subnet = call.world.subnets.get(SubnetId);
    const vpc: Context = subnet ? { 'ec2:Vpc': arn(call.region, subnet.account, 'vpc', subnet.vpcId) } : {};
    const network = subnet
      ? { ...vpc, 'ec2:Subnet': arn(call.region, subnet.account, 'subnet', SubnetId) }
      : {};
    // Without a group, the call needs the permission for the default group of the VPC.
    const groups = SecurityGroupIds ?? defaultGroups(call, subnet?.vpcId);
    const profile = profileOf(call, input);
    const image = call.world.images.get(ImageId);
    const owner: Context = image === undefined ? {} : { 'ec2:Owner': image.ownerAlias ?? image.account };
    return [
      ...existing(action, call, ImageId, { context: owner }),
      made(action, call, 'instance', specifications, {
        'ec2:InstanceType': input.InstanceType ?? '',
        ...metadataOf(input),
        ...(profile && { 'ec2:InstanceProfile': profile.arn }),
      }),
      made(action, call, 'volume', specifications),
      made(action, call, 'network-interface', specifications, network),
      ...groups.flatMap((id) => existing(action, call, id, { context: vpc })),
      ...existing(action, call, SubnetId, { context: vpc }),
      ...tagging(call, 'RunInstances', specifications),
      ...[...keysOfLaunch(call, input)].flatMap((key) => usingKey(call, key, [...READ_KEY, ...WRITE_KEY])),
      ...(profile ? [passRole(call.roleOfProfile(profile.arn), 'ec2.amazonaws.com')] : []),
    ];
  },

  CreateImage: (call) => {
    const { InstanceId = '', TagSpecifications } = call.input as unknown as CreateImageCommandInput;
    return [
      ...existing('ec2:CreateImage', call, InstanceId),
      made('ec2:CreateImage', call, 'image', TagSpecifications),
      made('ec2:CreateImage', call, 'snapshot', TagSpecifications),
      ...tagging(call, 'CreateImage', TagSpecifications),
    ];
  },

  // The test assumes that the source needs the same action. The reference lists no tags of the source, so no condition can check them.
  CopyImage: (call) => {
    const input = call.input as unknown as CopyImageCommandInput;
    const { SourceImageId = '', SourceRegion = '', TagSpecifications } = input;
    return [
      ...existing('ec2:CopyImage', { ...call, region: SourceRegion }, SourceImageId, { withTags: false }),
      made('ec2:CopyImage', call, 'image', TagSpecifications),
      made('ec2:CopyImage', call, 'snapshot', TagSpecifications),
      ...tagging(call, 'CopyImage', TagSpecifications),
      // The test assumes that EC2 uses each key in the key's own region.
      ...keysOfImage(call, SourceImageId).flatMap((key) =>
        usingKey(call, key, [...READ_KEY, 'kms:GenerateDataKey']),
      ),
      ...usingKey(call, keyOfCopy(call, input), WRITE_KEY),
    ];
  },

  RegisterImage: (call) => {
    const input = call.input as unknown as RegisterImageCommandInput;
    const snapshots = (input.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []);
    return [
      made('ec2:RegisterImage', call, 'image', input.TagSpecifications),
      ...snapshots.flatMap((id) => existing('ec2:RegisterImage', call, id)),
      ...tagging(call, 'RegisterImage', input.TagSpecifications),
    ];
  },

  DeregisterImage: (call) => {
    const input = call.input as unknown as DeregisterImageCommandInput;
    const { ImageId = '', DeleteAssociatedSnapshots = false } = input;
    const devices = call.world.images.get(ImageId)?.blockDeviceMappings ?? [];
    const snapshots = DeleteAssociatedSnapshots ? devices.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []) : [];
    return [
      ...existing('ec2:DeregisterImage', call, ImageId),
      ...snapshots.flatMap((id) => existing('ec2:DeleteSnapshot', call, id)),
    ];
  },
};

function each(operations: readonly string[], needs: (action: string) => Needs): Record<string, Needs> {
  return Object.fromEntries(operations.map((operation) => [operation, needs(`ec2:${operation}`)]));
}

type Place = Pick<CheckedCall, 'world' | 'account' | 'region'>;

const inRegion = (region: string): Context => ({ 'ec2:Region': region });

/** Images and snapshots have no account in their ARNs. */
const arn = (region: string, account: string, kind: string, id: string): string =>
  `arn:aws:ec2:${region}:${kind === 'image' || kind === 'snapshot' ? '' : account}:${kind}/${id}`;

/** How to find a resource, by the prefix of its id. */
const kinds: Readonly<
  Record<string, { kind: string; find: (world: World, id: string) => Tagged | undefined }>
> = {
  ami: { kind: 'image', find: ({ images }, id) => images.get(id) },
  i: { kind: 'instance', find: ({ instances }, id) => instances.get(id) },
  lt: { kind: 'launch-template', find: ({ launchTemplates }, id) => launchTemplates.get(id) },
  sg: { kind: 'security-group', find: ({ securityGroups }, id) => securityGroups.get(id) },
  snap: { kind: 'snapshot', find: ({ snapshots }, id) => snapshots.get(id) },
  subnet: { kind: 'subnet', find: ({ subnets }, id) => subnets.get(id) },
  vol: { kind: 'volume', find: ({ volumes }, id) => volumes.get(id) },
};

/** A permission on an existing resource. Tags of another account are not visible. */
function existing(
  action: string,
  { world, account, region }: Place,
  id: string,
  { context = {}, withTags = true }: { context?: Context; withTags?: boolean } = {},
): Permission[] {
  const { kind, find } = kinds[id.split('-')[0] ?? ''] ?? {};
  if (kind === undefined || find === undefined)
    throw new Error(`the test does not know the resource type of ${id}`);
  const record = find(world, id);
  if (record === undefined) return [];
  const tags = withTags && record.account === account ? record.tags : {};
  return [
    {
      action,
      resource: arn(region, record.account, kind, id),
      context: {
        ...inRegion(region),
        ...context,
        ...resourceTags(tags, 'aws:ResourceTag', 'ec2:ResourceTag'),
      },
    },
  ];
}

/** A permission on a resource that the call will create. */
function made(
  action: string,
  { account, region }: Place,
  kind: string,
  specifications: readonly TagSpecification[] = [],
  context: Context = {},
): Permission {
  const tags = tagsOf(specifications.find(({ ResourceType }) => ResourceType === kind)?.Tags);
  return {
    action,
    resource: arn(region, account, kind, NEW),
    context: { ...inRegion(region), ...requestTags(tags), ...context },
  };
}

/** The permissions to tag the resources that the call will create. */
const tagging = (
  call: Place,
  createAction: string,
  specifications: readonly TagSpecification[] = [],
): Permission[] =>
  specifications.map(({ ResourceType = '' }) =>
    made('ec2:CreateTags', call, ResourceType, specifications, { 'ec2:CreateAction': createAction }),
  );

const defaultGroups = ({ world }: Place, vpcId: string | undefined): string[] =>
  world.securityGroups
    .all()
    .filter((group) => group.vpcId === vpcId && group.name === 'default')
    .map(({ id }) => id);

/** What EC2 does with keys on behalf of the caller (EBS user guide, "Requirements for Amazon EBS encryption"). */
const READ_KEY = ['kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:ReEncryptFrom'];
const WRITE_KEY = [
  'kms:CreateGrant',
  'kms:DescribeKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptTo',
];

/** The permissions on a key. Every role of the account may use the AWS managed key through EC2, by the policy of this key. */
function usingKey(
  { world, account }: Place,
  keyArn: string | undefined,
  actions: readonly string[],
): Permission[] {
  const key = world.keys.all().find(({ arn }) => arn === keyArn);
  if (key?.manager !== 'CUSTOMER') return [];
  return [...new Set(actions)].map((action) => ({
    action,
    resource: key.arn,
    context: {
      'kms:CallerAccount': account,
      'kms:ViaService': `ec2.${key.region}.amazonaws.com`,
      ...(action === 'kms:CreateGrant' && { 'kms:GrantIsForAWSResource': 'true' }),
    },
  }));
}

/** The keys of the snapshots of an image. */
const keysOfImage = ({ world }: Place, imageId: string): string[] =>
  (world.images.get(imageId)?.blockDeviceMappings ?? []).flatMap(
    ({ Ebs }) => world.snapshots.get(Ebs?.SnapshotId ?? '')?.kmsKeyId ?? [],
  );

/** The keys of the volumes of a launch: of the request, of the snapshots, and the default key. */
function keysOfLaunch(call: Place, { ImageId = '', BlockDeviceMappings = [] }: RunInstancesCommandInput) {
  const given = BlockDeviceMappings.flatMap(({ Ebs }) => Ebs?.KmsKeyId ?? []);
  return new Set([...given, ...keysOfImage(call, ImageId), ...defaultKey(call)]);
}

const keyOfCopy = (call: Place, { KmsKeyId }: CopyImageCommandInput): string | undefined =>
  KmsKeyId ?? defaultKey(call)[0];

function defaultKey({ world, account, region }: Place): string[] {
  const { byDefault = false, kmsKeyId } = world.ebsEncryption.get(`${account}/${region}`) ?? {};
  return byDefault && kmsKeyId !== undefined ? [kmsKeyId] : [];
}

function profileOf({ world }: Place, { IamInstanceProfile }: RunInstancesCommandInput) {
  if (IamInstanceProfile === undefined) return undefined;
  const { Name, Arn } = IamInstanceProfile;
  return world.instanceProfiles.all().find((profile) => profile.name === Name || profile.arn === Arn);
}

function metadataOf({ MetadataOptions }: RunInstancesCommandInput): Context {
  const { HttpTokens, HttpEndpoint, HttpPutResponseHopLimit } = MetadataOptions ?? {};
  return {
    ...(HttpTokens && { 'ec2:MetadataHttpTokens': HttpTokens }),
    ...(HttpEndpoint && { 'ec2:MetadataHttpEndpoint': HttpEndpoint }),
    ...(HttpPutResponseHopLimit && {
      'ec2:MetadataHttpPutResponseHopLimit': String(HttpPutResponseHopLimit),
    }),
  };
}
