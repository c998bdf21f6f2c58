import type { ResourceTypeForTagging } from '@aws-sdk/client-ssm';
import { AwsError, notEmulated } from '../core/errors.ts';
import type { Tags } from '../core/resource.ts';
import type { Call } from '../core/service.ts';
import type { Constraints } from '../core/validation.ts';
import { documentId } from './documents.ts';
import { parameterId } from './parameter-names.ts';

const resourceTypes = [
  'Document',
  'ManagedInstance',
  'MaintenanceWindow',
  'Parameter',
  'PatchBaseline',
  'OpsItem',
  'OpsMetadata',
  'Automation',
  'Association',
  'CloudConnector',
] as const;

export const taggedResource = {
  ResourceType: { required: true, oneOf: resourceTypes },
  ResourceId: { required: true },
} as const satisfies Constraints;

export interface Taggable {
  readonly tags: Tags;
  change(tags: Tags): void;
}

/**
 * The resource that a request names, if its type is emulated. Documents and parameters are named by
 * their names.
 */
export function taggable(
  { world, account, region, now }: Call,
  {
    ResourceType,
    ResourceId = '',
  }: { ResourceType?: ResourceTypeForTagging | undefined; ResourceId?: string | undefined },
): Taggable {
  switch (ResourceType) {
    case 'Parameter': {
      const parameter = world.parameters.get(parameterId(account, region, ResourceId));
      if (parameter === undefined) throw invalidResourceId();
      return {
        tags: parameter.tags ?? {},
        change: (tags) => world.parameters.put({ ...parameter, tags }, now, 0),
      };
    }
    case 'Document': {
      const document = world.documents.get(documentId(account, region, ResourceId));
      if (document === undefined) throw invalidResourceId();
      return { tags: document.tags, change: (tags) => world.documents.put({ ...document, tags }, now, 0) };
    }
    case 'Automation': {
      const automation = world.automations.get(ResourceId);
      if (automation?.account !== account || automation.region !== region) throw invalidResourceId();
      return {
        tags: automation.tags,
        change: (tags) => world.automations.put({ ...automation, tags }, now, 0),
      };
    }
    case 'ManagedInstance':
      // ManagedInstance means a node outside of EC2 (`mi-…`), which is not emulated. EC2 instances
      // have their EC2 tags.
      throw invalidResourceId();
    default:
      throw notEmulated(`the tagging of the resource type ${ResourceType}`);
  }
}

const invalidResourceId = () =>
  new AwsError(
    'InvalidResourceId',
    'The resource ID is not valid. Verify that you entered the correct ID and try again.',
  );
