import { StartInstanceRefreshCommand } from '@aws-sdk/client-auto-scaling';
import { describe, expect, test } from 'vitest';
import { refusal } from '../refusal.ts';
import { simulateGroups } from './simulated-groups.ts';

describe('StartInstanceRefresh', () => {
  test('replaces the instances in batches by instances of the image that the parameter names now', async () => {
    const { created, refresh, refreshes, name, running, pass } = await simulateGroups();
    await created();
    const before = running();
    const image = await name(1);
    expect(running()).toEqual(before);
    const { InstanceRefreshId } = await refresh();
    expect(await refreshes()).toMatchObject([
      { InstanceRefreshId, Status: 'Pending', PercentageComplete: 0 },
    ]);
    expect((await refreshes())[0]?.StartTime).toBeUndefined();
    const mixed = new Set<number>();
    while (['Pending', 'InProgress'].includes((await refreshes())[0]?.Status ?? '')) {
      await pass(10);
      expect(running()).toHaveLength(4);
      mixed.add(running().filter((one) => one === image).length);
    }
    expect([...mixed]).toEqual([0, 1, 2, 3, 4]);
    expect(running()).toEqual(Array(4).fill(image));
    const [ended] = await refreshes();
    expect(ended).toMatchObject({ Status: 'Successful', PercentageComplete: 100, InstancesToUpdate: 0 });
    expect(ended?.StartTime?.getTime()).toBeLessThan(ended?.EndTime?.getTime() ?? 0);
  });

  test('replaces as many at a time as the minimum healthy percentage allows', async () => {
    const { created, refresh, refreshes, name, running, pass } = await simulateGroups();
    await created();
    const image = await name(1);
    await refresh({ MinHealthyPercentage: 50, InstanceWarmup: 3000 });
    await pass(300);
    expect(running().filter((one) => one === image)).toHaveLength(2);
    expect(await refreshes()).toMatchObject([
      { Status: 'InProgress', PercentageComplete: 50, InstancesToUpdate: 2 },
    ]);
  });

  test('is refused while another one is in progress, and possible afterwards', async () => {
    const { created, refresh, refreshes, pass } = await simulateGroups();
    await created();
    await refresh();
    expect((await refusal(refresh())).code).toBe('InstanceRefreshInProgressFault');
    await pass(60);
    expect((await refusal(refresh())).code).toBe('InstanceRefreshInProgressFault');
    await pass(6000);
    const { InstanceRefreshId } = await refresh();
    expect((await refreshes()).map(({ Status }) => Status)).toEqual(['Pending', 'Successful']);
    expect((await refreshes())[0]?.InstanceRefreshId).toBe(InstanceRefreshId);
  });

  test('fails when EC2 refuses a launch', async () => {
    const fault = {
      call: 'RunInstances',
      error: 'InsufficientInstanceCapacity',
      status: 500,
      skip: 5,
      message: 'None left.',
    } as const;
    const { created, refresh, refreshes, pass } = await simulateGroups([fault]);
    await created();
    await refresh();
    await pass(3000);
    expect(await refreshes()).toMatchObject([
      { Status: 'Failed', StatusReason: 'None left.', PercentageComplete: 25 },
    ]);
  });

  test('refuses a missing group, and preferences that are not valid or not emulated', async () => {
    const { created, refresh, client, run } = await simulateGroups();
    await created();
    expect(await refusal(refresh({}, 'none'))).toMatchObject({
      code: 'ValidationError',
      message: 'AutoScalingGroup name not found - null',
    });
    expect((await refusal(refresh({ MinHealthyPercentage: 101 }))).code).toBe('ValidationError');
    expect((await refusal(refresh({ SkipMatching: true }))).code).toBe('NotEmulated');
    const input = { AutoScalingGroupName: 'web', Strategy: 'ReplaceRootVolume' } as const;
    expect((await refusal(run(client.send(new StartInstanceRefreshCommand(input))))).code).toBe(
      'ValidationError',
    );
  });
});
