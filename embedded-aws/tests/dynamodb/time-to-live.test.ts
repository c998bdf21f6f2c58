import { DescribeTimeToLiveCommand, ScanCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { refusal, type SimulatedDynamo, START, simulateDynamo } from './simulated-dynamodb.ts';

const TableName = 'triggers';
const HOUR = 3600;
const DAY = 24 * HOUR;
const startSeconds = START.getTime() / 1000;

function timeToLive({ run, client }: SimulatedDynamo) {
  return {
    change: (Enabled: boolean, AttributeName = 'expires') =>
      run(
        client().send(
          new UpdateTimeToLiveCommand({
            TableName,
            TimeToLiveSpecification: { Enabled, AttributeName },
          }),
        ),
      ),
    status: async () => {
      const { TimeToLiveDescription } = await run(
        client().send(new DescribeTimeToLiveCommand({ TableName })),
      );
      return TimeToLiveDescription;
    },
  };
}

const item = (pk: string, expires?: number) => ({
  pk: { S: pk },
  ...(expires === undefined ? {} : { expires: { N: String(expires) } }),
});

describe('time to live', () => {
  test('takes up to an hour to enable or disable, and can change only once per hour', async () => {
    const simulated = simulateDynamo();
    await simulated.table(TableName);
    const { change, status } = timeToLive(simulated);
    expect(await status()).toEqual({ TimeToLiveStatus: 'DISABLED' });
    expect((await change(true)).TimeToLiveSpecification).toEqual({
      Enabled: true,
      AttributeName: 'expires',
    });
    expect(await status()).toEqual({ TimeToLiveStatus: 'ENABLING', AttributeName: 'expires' });
    expect(await refusal(change(false))).toMatchObject({
      code: 'ValidationException',
      message: 'Time to live has been modified multiple times within a fixed interval',
    });
    await simulated.pass(HOUR);
    expect(await status()).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' });
    expect(await refusal(change(true))).toMatchObject({ message: 'TimeToLive is already enabled' });
    expect(await refusal(change(false, 'other'))).toMatchObject({
      message: 'TimeToLive is active on a different AttributeName: current AttributeName is expires',
    });
    await change(false);
    expect((await status())?.TimeToLiveStatus).toBe('DISABLING');
    await simulated.pass(HOUR);
    expect(await status()).toEqual({ TimeToLiveStatus: 'DISABLED' });
    expect(await refusal(change(false))).toMatchObject({ message: 'TimeToLive is already disabled' });
  });

  test('deletes items within two days of their expiry, and returns them until then', async () => {
    const simulated = simulateDynamo();
    const { table, put, get, pass, run, client } = simulated;
    await table(TableName);
    await timeToLive(simulated).change(true);
    await pass(HOUR);
    const soon = startSeconds + 2 * HOUR;
    await put(TableName, item('gone', soon), item('kept'), item('later', startSeconds + 30 * DAY));
    await put(TableName, { ...item('text'), expires: { S: String(soon) } });
    await pass(HOUR);
    // The item has expired but still exists.
    expect(await get(TableName, { pk: { S: 'gone' } })).toBeDefined();
    await pass(2 * DAY);
    expect(await get(TableName, { pk: { S: 'gone' } })).toBeUndefined();
    const { Items } = await run(client().send(new ScanCommand({ TableName })));
    expect(Items?.map(({ pk }) => pk?.S).sort()).toEqual(['kept', 'later', 'text']);
    await pass(30 * DAY);
    expect(await get(TableName, { pk: { S: 'later' } })).toBeUndefined();
  });

  test('keeps a renewed item, and an item that expired more than five years ago', async () => {
    const simulated = simulateDynamo();
    const { table, put, get, pass } = simulated;
    await table(TableName);
    await timeToLive(simulated).change(true);
    await pass(HOUR);
    await put(TableName, item('renewed', startSeconds + 2 * HOUR));
    await put(TableName, item('ancient', startSeconds - 6 * 365 * DAY));
    await put(TableName, item('renewed', startSeconds + 90 * DAY));
    await pass(10 * DAY);
    expect(await get(TableName, { pk: { S: 'renewed' } })).toBeDefined();
    expect(await get(TableName, { pk: { S: 'ancient' } })).toBeDefined();
  });

  test('also applies to existing items, and keeps items while it is disabled', async () => {
    const simulated = simulateDynamo();
    const { table, put, get, pass } = simulated;
    const { change } = timeToLive(simulated);
    await table(TableName);
    await put(TableName, item('before', startSeconds), item('future', startSeconds + 60 * DAY));
    await pass(5 * DAY);
    expect(await get(TableName, { pk: { S: 'before' } })).toBeDefined();
    await change(true);
    await pass(3 * DAY);
    expect(await get(TableName, { pk: { S: 'before' } })).toBeUndefined();
    await change(false);
    await pass(90 * DAY);
    expect(await get(TableName, { pk: { S: 'future' } })).toBeDefined();
  });

  test('refuses invalid input', async () => {
    const simulated = simulateDynamo();
    const { run, client, table } = simulated;
    const { change } = timeToLive(simulated);
    expect(await refusal(change(true))).toMatchObject({ code: 'ResourceNotFoundException' });
    await table(TableName);
    expect(await refusal(change(true, ''))).toMatchObject({ code: 'ValidationException' });
    const nothing = new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: undefined });
    expect(await refusal(run(client().send(nothing)))).toMatchObject({
      message: expect.stringContaining("Value null at 'timeToLiveSpecification'"),
    });
  });
});
