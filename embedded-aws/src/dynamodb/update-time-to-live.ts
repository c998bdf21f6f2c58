import type { UpdateTimeToLiveCommandInput, UpdateTimeToLiveCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Operation } from '../core/service.ts';
import { checkValue } from '../core/validation.ts';
import { count, schedule } from '../core/world.ts';
import { drawSeconds } from './latency.ts';
import { invalid, resourceInUse } from './refusals.ts';
import { anyTable, requiredTableName } from './tables.ts';

/** TTL can change at most once per hour (DynamoDB API reference, UpdateTimeToLive). */
const restMs = 3_600_000;

export const updateTimeToLive: Operation<UpdateTimeToLiveCommandInput, UpdateTimeToLiveCommandOutput> = {
  kind: 'write',
  accepts: ['TableName', 'TimeToLiveSpecification.AttributeName', 'TimeToLiveSpecification.Enabled'],
  run({ TableName, TimeToLiveSpecification: wanted }, call) {
    const { world, now } = call;
    const given = requiredTableName(TableName);
    checkValue(wanted, 'timeToLiveSpecification', {
      required: true,
      members: { Enabled: { required: true }, AttributeName: { required: true, length: [1, 255] } },
    });
    const { Enabled = false, AttributeName: attribute = '' } = wanted ?? {};
    const table = anyTable(call, given);
    if (table.status !== 'ACTIVE') {
      throw resourceInUse(
        `Attempt to change a resource which is still in use: Table is not active: ${table.name}`,
      );
    }
    if (table.timeToLiveChangedAt !== undefined && now < table.timeToLiveChangedAt + restMs) {
      throw invalid('Time to live has been modified multiple times within a fixed interval');
    }
    const { timeToLive } = table;
    if (Enabled && timeToLive !== undefined) throw invalid('TimeToLive is already enabled');
    if (!Enabled && timeToLive === undefined) throw invalid('TimeToLive is already disabled');
    if (timeToLive !== undefined && timeToLive.attribute !== attribute) {
      throw invalid(
        `TimeToLive is active on a different AttributeName: current AttributeName is ${timeToLive.attribute}`,
      );
    }
    const seconds = drawSeconds(world.seed, 'dynamodb.ttl.change', count(world, 'dynamodb time to live'));
    const changesAt = now + seconds * 1000;
    const status = Enabled ? 'ENABLING' : 'DISABLING';
    world.dynamoTables.put(
      { ...table, timeToLive: { attribute, status, changesAt }, timeToLiveChangedAt: now },
      now,
      0,
    );
    schedule(world, 'dynamodb.ttl-changed', table.id, changesAt);
    return { TimeToLiveSpecification: { Enabled, AttributeName: attribute } };
  },
};
