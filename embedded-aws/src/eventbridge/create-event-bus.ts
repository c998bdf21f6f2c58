import type { CreateEventBusCommandInput, CreateEventBusCommandOutput } from '@aws-sdk/client-eventbridge';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { busArn } from './arns.ts';
import * as constraints from './constraints.ts';
import { invalid, tooMany } from './refusals.ts';
import { tagsFrom } from './tagging.ts';

/** Per account and region (EventBridge user guide, Quotas). */
const busesMax = 100;

export const createEventBus: Operation<CreateEventBusCommandInput, CreateEventBusCommandOutput> = {
  kind: 'write',
  accepts: ['Description', 'Name', 'Tags.Key', 'Tags.Value'],
  run(input, call) {
    check(input, {
      Name: { required: true, ...constraints.busName },
      Description: constraints.description,
      Tags: constraints.tagList,
    });
    const { world, account, region, now } = call;
    const { Name: name = '', Description } = input;
    if (name.includes('/')) throw invalid("Event bus name must not contain '/'.");
    const id = busArn(call, name);
    if (name === 'default' || world.eventBuses.get(id) !== undefined) {
      throw new AwsError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
    }
    const own = world.eventBuses
      .all()
      .filter((bus) => bus.account === account && bus.region === region && bus.name !== 'default');
    if (own.length >= busesMax) throw tooMany();
    const description = Description === undefined ? {} : { description: Description };
    const times = { creationTime: now, lastModifiedTime: now };
    world.eventBuses.put(
      { id, account, region, tags: tagsFrom(input.Tags), name, ...description, ...times },
      now,
      0,
    );
    return { EventBusArn: id, ...(Description === undefined ? {} : { Description }) };
  },
};
