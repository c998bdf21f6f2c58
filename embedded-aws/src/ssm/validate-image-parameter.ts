import type { TransitionHandlers } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { isVisible } from '../ec2/images.ts';
import { emitChange } from './parameters.ts';
import { withNewest } from './put-parameter.ts';

/**
 * PutParameter answers before it validates a value of the data type `aws:ec2:image`. If the account
 * cannot use such an image in the region, the version never appears, and only an EventBridge event
 * reports the failure (Systems Manager user guide, Native parameter support for AMI IDs).
 */
export const parameterTransitions: TransitionHandlers = {
  'ssm.parameter-validated': (world, draftId, at) => {
    const draft = world.parameterDrafts.get(draftId);
    if (draft === undefined) return;
    world.parameterDrafts.delete(draftId);
    const { parameterId: id, account, region, name, content, tags } = draft;
    const before = world.parameters.get(id);
    const operation = before === undefined ? 'Create' : 'Update';
    const image = world.images.get(content.value);
    if (image?.region !== region || image.state !== 'available' || !isVisible(world, image, account)) {
      emitChange(world, draft, content, operation, at, 'Unable to Describe Resource');
      return;
    }
    const parameter = before ?? { id, account, region, name, tags };
    world.parameters.put(withNewest(parameter, { ...content, lastModified: at }), at, lagMs(world, id));
    emitChange(world, draft, content, operation, at);
  },
};
