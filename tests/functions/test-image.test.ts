import { ModifyInstanceMetadataDefaultsCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import type { Fault } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import type { PendingVerdict, Verdict } from '../../shared/build/execution-document.ts';
import {
  failureOf,
  plainRecipe,
  simulateBuild,
  type TestRecipe,
  turnOnScans,
  windowsRecipe,
} from '../simulated-build.ts';

const withTests = {
  ...plainRecipe,
  tests: [
    { name: 'web server answers', shell: 'curl -fsS http://localhost/' },
    { name: 'agent is enabled', shell: 'systemctl is-enabled amazon-ssm-agent' },
  ],
};

/** A build up to its candidate, and the tester of the candidate. */
async function candidate(options: { recipe?: TestRecipe; faults?: Fault[] } = {}) {
  const build = simulateBuild(options);
  if (options.recipe?.gates !== undefined) await turnOnScans(build);
  await build.through('createImage');
  const testers = () =>
    build.world.instances.all().filter(({ tags }) => tags['golden-image:role'] === 'tester');
  /** The purposes of the commands on the tester. The automation's commands on the builder have no comment. */
  const sent = () =>
    build.world.commands
      .all()
      .flatMap(({ comment = '' }) => (/ ami-\w+$/.test(comment) ? [comment.replace(/ ami-\w+$/, '')] : []));
  /** Invokes the step until it reaches this phase. */
  const reach = async (phase: PendingVerdict['phase']): Promise<PendingVerdict> => {
    for (;;) {
      const answer = await build.invoke<PendingVerdict | Verdict>('testImage');
      if (answer.status === 'ready') throw new Error(`it is ready before it reached ${phase}`);
      if (answer.phase === phase) return answer;
      await build.pass(answer.waitSeconds);
    }
  };
  return { ...build, testers, sent, reach };
}

describe('TestImage', () => {
  it.each([
    [['us-east-1'], 5],
    [['eu-west-1'], 15],
    [['us-east-1', 'eu-west-1'], 15],
  ])('asks less often while copies are made: the image in %j first after %d s', async (regions, seconds) => {
    const { reach } = await candidate({ recipe: { ...plainRecipe, regions } });
    expect(await reach('boot')).toMatchObject({ waitSeconds: seconds });
  });

  it.each([plainRecipe, windowsRecipe])(
    'passes a good image, and ends the tester ($name)',
    async (recipe) => {
      const build = await candidate({ recipe });
      const { imageId } = build.document.candidate as { imageId: string };
      expect(await build.finish('testImage')).toEqual({ status: 'ready', imageId, tested: true, tests: [] });
      const [tester, ...others] = build.testers();
      expect(others).toEqual([]);
      expect(tester).toMatchObject({ imageId, state: expect.stringMatching(/shutting-down|terminated/) });
      expect(build.sent().toSorted()).toEqual(['Checks of', 'Missing updates of']);
    },
  );

  it('launches the tester as a consumer does: without a key pair, user data or metadata options', async () => {
    const build = await candidate();
    await build.reach('boot');
    const [tester] = build.testers();
    expect(tester).toMatchObject({ tags: { 'golden-image:execution': build.execution } });
    expect([tester?.keyName, tester?.userData]).toEqual([undefined, undefined]);
  });

  it('runs the tests of the recipe after the checks and the scan have passed', async () => {
    const build = await candidate({ recipe: withTests });
    await build.reach('command');
    expect(build.sent().toSorted()).toEqual(['Checks of', 'Missing updates of']);
    const verdict = await build.finish<Verdict>('testImage');
    expect(verdict.tests).toEqual(['web server answers', 'agent is enabled']);
    expect(build.sent().at(-1)).toBe('Tests of');
    const document = build.world.documents.all().find(({ tags }) => 'golden-image:steps' in tags);
    expect(build.world.commands.all().at(-1)).toMatchObject({ documentName: document?.name });
  });

  it('does not scan an image into which the build installs no updates', async () => {
    const build = await candidate({ recipe: { ...plainRecipe, patch: { install: false } } });
    await build.finish('testImage');
    expect(build.sent()).toEqual(['Checks of']);
  });

  it('says that nothing was tested if the recipe turns the test off', async () => {
    const build = await candidate({ recipe: { ...plainRecipe, test: { boot: false } } });
    expect(await build.invoke('testImage')).toMatchObject({ status: 'ready', tested: false });
    expect(build.testers()).toEqual([]);
    expect(build.document.plan).toMatchObject({
      warnings: [expect.stringContaining('shared without having been tested')],
    });
  });

  it.each([
    ['checks', 'golden-image-check-linux', 'The check of what is left in the image'],
    ['scan', 'AWS-RunPatchBaseline', 'The scan for missing updates'],
  ])('fails with the last lines of output when the %s fail', async (_, command, subject) => {
    const recipe = { ...plainRecipe, patch: { install: command === 'AWS-RunPatchBaseline' } };
    const skip = command === 'AWS-RunPatchBaseline' ? 1 : 0;
    const fault = { command, skip, exitCode: 1, output: 'first\nsecond\nthird' } as const;
    const build = await candidate({ recipe, faults: [fault] });
    const { name, message } = await failureOf(build.finish('testImage'));
    expect(name).toBe('BuildFailed');
    expect(message).toMatch(
      new RegExp(
        `^${subject} failed with exit code 1 on i-\\w+, an instance of the image ami-\\w+; last lines of its output: second / third$`,
      ),
    );
  });

  it('fails when the instances of the account answer IMDSv1, although the image requires IMDSv2', async () => {
    const build = await candidate();
    const { ec2 } = build.pipeline.deps;
    await build.run(
      ec2(HOME.region).send(new ModifyInstanceMetadataDefaultsCommand({ HttpTokens: 'optional' })),
    );
    const { name, message } = await failureOf(build.finish('testImage'));
    expect([name, message]).toEqual(['BuildFailed', expect.stringContaining('answers IMDSv1')]);
    expect(message).toContain('modify-instance-metadata-defaults --region us-east-1');
  });

  it('names the test of the recipe that failed', async () => {
    const recipe = { ...withTests, tests: [...withTests.tests, { name: 'fails', shell: 'exit 7' }] };
    const build = await candidate({ recipe });
    const { name, message } = await failureOf(build.finish('testImage'));
    expect([name, message]).toEqual([
      'BuildFailed',
      expect.stringContaining('The recipe\'s test "fails" failed with exit code 7'),
    ]);
  });

  it('fails when the agent never comes online', async () => {
    const build = await candidate({ faults: [{ agent: 'silent', skip: 1 }] });
    const { name, message } = await failureOf(build.finish('testImage'));
    expect(name).toBe('DeadlinePassed');
    expect(message).toMatch(/to boot and reach Systems Manager; AWS last said: the agent is not registered/);
  });

  it('fails at once when someone terminates the tester', async () => {
    const build = await candidate();
    const { tester } = await build.reach('boot');
    const { ec2 } = build.pipeline.deps;
    const InstanceIds = [tester.instanceId ?? ''];
    await build.run(ec2(HOME.region).send(new TerminateInstancesCommand({ InstanceIds })));
    const { name, message } = await failureOf(build.finish('testImage'));
    expect(name).toBe('BuildFailed');
    expect(message).toContain(`The tester ${tester.instanceId} of the image`);
  });

  it('passes when EC2 refuses to terminate the tester, and leaves it to clean-up', async () => {
    const refusal = { error: 'UnauthorizedOperation', skip: 1, times: 3 } as const;
    const build = await candidate({ faults: [{ call: 'TerminateInstances', ...refusal }] });
    expect(await build.finish('testImage')).toMatchObject({ status: 'ready', tested: true });
    expect(build.testers()).toMatchObject([{ state: 'running' }]);
    expect(await build.finish('cleanUp')).toMatchObject({ remaining: [] });
    await build.pass(600);
    expect(build.testers()).toMatchObject([{ state: 'terminated' }]);
  });

  it.each(['launch', 'boot', 'command', 'end'] as const)(
    'creates nothing twice when the answer of the phase %s is lost',
    async (phase) => {
      const build = await candidate();
      const before = structuredClone(build.document);
      await build.reach(phase);
      if (phase !== 'end') build.document.verdict = before.verdict;
      await build.pass(60);
      expect(await build.finish('testImage')).toMatchObject({ status: 'ready', tested: true });
      expect(build.testers()).toHaveLength(1);
      expect(build.sent().toSorted()).toEqual(['Checks of', 'Missing updates of']);
    },
  );

  describe('with a CVE gate', () => {
    /** git has a vulnerability of high severity without a fix. */
    const vulnerable = { ...withTests, steps: [{ name: 'tools', shell: 'dnf install -y git' }] };
    const gated = (cve: object, recipe: TestRecipe = vulnerable) => ({ ...recipe, gates: { cve } });
    const accept = [{ id: 'CVE-2026-99010', until: '2026-11-23', reason: 'only used by people' }];

    it('waits for Inspector after all tests, and says that the gate is passed', async () => {
      const build = await candidate({ recipe: gated({ failFrom: 'high' }, withTests) });
      const { awaiting, tester } = await build.reach('cve');
      expect(awaiting).toBe(`Inspector's scan of ${tester.instanceId}`);
      expect(build.sent().toSorted()).toEqual(['Checks of', 'Missing updates of', 'Tests of']);
      expect(await build.finish('testImage')).toMatchObject({
        status: 'ready',
        tested: true,
        gates: { cve: { found: { low: 1, medium: 1 }, accepted: [] } },
      });
      expect(build.document.verdict).not.toHaveProperty('warnings');
      expect(build.testers()).toMatchObject([{ state: expect.stringMatching(/shutting-down|terminated/) }]);
    });

    it('fails with id, severity, package and fix', async () => {
      const build = await candidate({ recipe: gated({ failFrom: 'high' }) });
      const { imageId } = build.document.candidate as { imageId: string };
      expect(await failureOf(build.finish('testImage'))).toEqual({
        name: 'BuildFailed',
        message:
          `1 vulnerability fails the gate of ${imageId} (gates.cve): CVE-2026-99010 (high) in git 2.50.1-1.amzn2023.0.1 (no fix). ` +
          'Install the fixed versions, or accept the ids in gates.cve.accept until a date',
      });
    });

    it('passes with an accepted id, and says that it was used', async () => {
      const build = await candidate({ recipe: gated({ failFrom: 'high', accept }) });
      expect(await build.finish('testImage')).toMatchObject({
        gates: { cve: { accepted: ['CVE-2026-99010'] } },
        warnings: [expect.stringContaining('is accepted until 2026-11-23 (only used by people)')],
      });
    });

    it('names an acceptance that has ended', async () => {
      const ended = [{ ...accept[0], until: '2026-11-22' }];
      const build = await candidate({ recipe: gated({ failFrom: 'high', accept: ended }) });
      expect((await failureOf(build.finish('testImage'))).message).toContain(
        'in git 2.50.1-1.amzn2023.0.1 (no fix), whose acceptance ended on 2026-11-22 (only used by people)',
      );
    });

    it('keeps the verdict if the answer about the end of the tester is lost', async () => {
      const build = await candidate({ recipe: gated({ failFrom: 'high', accept }) });
      await build.reach('end');
      const before = structuredClone(build.document);
      const first = await build.invoke('testImage');
      build.document.verdict = before.verdict;
      await build.pass(60);
      expect(await build.invoke('testImage')).toEqual(first);
      expect(first).toMatchObject({ gates: { cve: { accepted: ['CVE-2026-99010'] } } });
    });

    it('fails if Inspector is turned off during the build: no finding is not the same as no vulnerability', async () => {
      const build = await candidate({ recipe: gated({ failFrom: 'high', deadlineMinutes: 10 }) });
      build.world.inspectorAccounts.delete(`${HOME.account}/${HOME.region}`);
      const { name, message } = await failureOf(build.finish('testImage'));
      expect(name).toBe('BuildFailed');
      expect(message).toMatch(
        /^The vulnerabilities of the image ami-\w+ are not known, so it does not pass gates\.cve\. Inspector has not scanned i-\w+ after 10 min/,
      );
    });

    it.each(['ListCoverage', 'ListFindings'])('reports a refusal of %s as Denied', async (call) => {
      const denied = { call, service: 'inspector2', error: 'AccessDeniedException', status: 403 } as const;
      const build = await candidate({
        recipe: gated({ failFrom: 'high' }),
        faults: [{ ...denied, times: 'always' }],
      });
      expect((await failureOf(build.finish('testImage'))).name).toBe('Denied');
    });
  });

  it.each([
    ['DescribeInstanceStatus', 'UnauthorizedOperation', 'Denied'],
    ['SendCommand', 'AccessDeniedException', 'Denied'],
    ['ListCommandInvocations', 'ThrottlingException', 'Throttled'],
  ])('reports a refusal of %s with %s as %s', async (call, error, expected) => {
    const build = await candidate({ faults: [{ call, error, times: 'always' }] });
    expect((await failureOf(build.finish('testImage'))).name).toBe(expected);
  });
});
