import type { CreateSecurityGroupCommandInput, CreateSecurityGroupCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter } from '../core/errors.ts';
import type { Call, Operation } from '../core/service.ts';
import { lagMs, newId } from '../core/world.ts';
import { defaultEgressRule, defaultNetwork } from './default-network.ts';
import { vpcNotFound } from './describe-vpcs.ts';
import { checkDryRun } from './refusals.ts';
import { tagList, tagSpecifications } from './tagging.ts';

const characters = 'a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*';
const form = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/;

export const createSecurityGroup: Operation<
  CreateSecurityGroupCommandInput,
  CreateSecurityGroupCommandOutput
> = {
  kind: 'write',
  accepts: [
    'Description',
    'DryRun',
    'GroupName',
    'TagSpecifications.ResourceType',
    'TagSpecifications.Tags.Key',
    'TagSpecifications.Tags.Value',
    'VpcId',
  ],
  run(input, call) {
    const { world, account, region, now } = call;
    const name = checkName(input.GroupName);
    const description = input.Description;
    if (description === undefined || description === '') throw missingParameter('GroupDescription');
    if (!form.test(description)) {
      throw invalidParameter(
        `Invalid security group description. Valid descriptions are strings less than 256 characters from the following set:  ${characters}`,
      );
    }
    const tags = tagSpecifications(input.TagSpecifications, ['security-group'])['security-group'];
    const vpcId = findVpc(input.VpcId, call);
    if (world.securityGroups.all().some((group) => group.vpcId === vpcId && group.name === name)) {
      throw new AwsError(
        'InvalidGroup.Duplicate',
        `The security group '${name}' already exists for VPC '${vpcId}'`,
      );
    }
    checkDryRun(input);
    const id = newId(world, 'sg');
    const egress = [defaultEgressRule(world, id)];
    world.securityGroups.put(
      { id, account, region, tags, vpcId, name, description, ingress: [], egress },
      now,
      lagMs(world, id),
    );
    return {
      GroupId: id,
      SecurityGroupArn: `arn:aws:ec2:${region}:${account}:security-group/${id}`,
      Tags: tagList(tags),
    };
  },
};

function checkName(name: string | undefined): string {
  if (name === undefined || name === '') throw missingParameter('GroupName');
  if (name.startsWith('sg-')) {
    throw invalidParameter(
      `Value (${name}) for parameter GroupName is invalid. Group names may not be in the format sg-*`,
    );
  }
  if (name === 'default') {
    throw invalidParameter(`Cannot use reserved security group name: ${name}`);
  }
  if (!form.test(name)) {
    throw invalidParameter(
      `Value (${name}) for parameter GroupName is invalid. Valid names are strings less than 256 characters from the following set:  ${characters}`,
    );
  }
  return name;
}

function findVpc(id: string | undefined, { world, account, region, now }: Call): string {
  const { vpcId } = defaultNetwork(world, account, region);
  if (id === undefined || id === '') return vpcId;
  const vpc = world.vpcs.seen(id, now);
  if (vpc === undefined || vpc.account !== account || vpc.region !== region) throw vpcNotFound(id);
  return id;
}
