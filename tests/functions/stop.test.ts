import { StopInstancesCommand } from '@aws-sdk/client-ec2';
import { schedule } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import type { Builder } from '../../shared/build/execution-document.ts';
import { failureOf, type SimulatedBuild, simulateBuild, windowsRecipe } from '../simulated-build.ts';

const stateOf = (build: SimulatedBuild) =>
  build.world.instances.get((build.document.builder as Builder).instanceId);

describe('Stop', () => {
  it('stops a running builder', async () => {
    const build = simulateBuild();
    await build.through('launch');
    expect(await build.finish('stop')).toEqual({ status: 'ready', by: 'pipeline' });
    expect(stateOf(build)).toMatchObject({
      state: 'stopped',
      stateReason: { Code: 'Client.UserInitiatedShutdown' },
    });
  });

  it('changes nothing when it is repeated', async () => {
    const build = simulateBuild();
    await build.through('launch');
    await build.invoke('stop');
    await build.invoke('stop');
    await build.finish('stop');
    const before = stateOf(build);
    expect(await build.invoke('stop')).toEqual({ status: 'ready', by: 'pipeline' });
    expect(stateOf(build)).toEqual(before);
  });

  it('waits for a shutdown that the guest has begun', async () => {
    const build = simulateBuild({
      faults: [{ call: 'StopInstances', times: 'always', error: 'UnauthorizedOperation', status: 403 }],
    });
    const { instanceId } = await build.through<Builder>('launch');
    schedule(build.world, 'instance.shutdown-by-guest', instanceId, build.world.now());
    await build.pass(10);

    expect(await build.finish('stop')).toEqual({ status: 'ready', by: 'guest' });
    expect(build.world.faultsMet[0] ?? 0).toBe(0);
  });

  it('waits for sysprep to shut Windows down', async () => {
    const build = simulateBuild({ recipe: windowsRecipe });
    await build.through('patch');
    expect(await build.finish('stop')).toEqual({ status: 'ready', by: 'guest' });
    const instance = stateOf(build);
    expect(instance).toMatchObject({
      state: 'stopped',
      stateReason: { Code: 'Client.InstanceInitiatedShutdown' },
    });
    const root = instance?.blockDevices.find(({ device }) => device === instance.rootDeviceName);
    expect(build.world.volumes.get(root?.volumeId ?? '')?.disk?.generalised).toBe(true);
  });

  it('refuses a Windows builder that was stopped before sysprep shut it down', async () => {
    const build = simulateBuild({ recipe: windowsRecipe });
    const { instanceId } = await build.through<Builder>('launch');
    await build.run(
      build.pipeline.deps.ec2('us-east-1').send(new StopInstancesCommand({ InstanceIds: [instanceId] })),
    );
    await build.pass(600);
    expect(await failureOf(build.finish('stop'))).toMatchObject({
      name: 'BuildFailed',
      message: expect.stringContaining('was stopped before sysprep shut it down'),
    });
  });

  it('says what it waited for when sysprep never ends', async () => {
    const build = simulateBuild({ recipe: windowsRecipe });
    await build.through('launch');
    const { name, message } = await failureOf(build.finish('stop'));
    expect(name).toBe('DeadlinePassed');
    expect(message).toMatch(
      /^Timed out after waiting 1 h for sysprep to shut i-[0-9a-f]+ down; AWS last said: /,
    );
  });

  it('fails when the builder no longer exists', async () => {
    const build = simulateBuild({
      faults: [
        {
          instance: 'terminates',
          afterSeconds: 120,
          reason: 'Server.InternalError',
          message: 'Internal error',
        },
      ],
    });
    await build.through('launch');
    await build.pass(400);
    expect(await failureOf(build.finish('stop'))).toMatchObject({
      name: 'BuildFailed',
      message: expect.stringContaining('Server.InternalError: Internal error'),
    });
  });

  it('reports a refusal', async () => {
    const build = simulateBuild({
      faults: [{ call: 'StopInstances', error: 'UnauthorizedOperation', message: 'No.', status: 403 }],
    });
    await build.through('launch');
    expect(await failureOf(build.finish('stop'))).toEqual({
      name: 'Denied',
      message:
        'ec2:StopInstances in us-east-1: UnauthorizedOperation: No. ' +
        "Check the policies of this function's role (docs/operations.md, Permissions)",
    });
  });

  it('refuses a document without a builder', async () => {
    const build = simulateBuild();
    await build.through('plan');
    expect(await failureOf(build.invoke('stop'))).toMatchObject({ name: 'Defect' });
  });
});
