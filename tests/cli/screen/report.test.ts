import { baseDisk } from 'embedded-aws';
import { describe, expect, it, test } from 'vitest';
import { channelReport } from '../../../cli/channels/answer.ts';
import { historyLines, moveLines } from '../../../cli/channels/tables.ts';
import { followerLines } from '../../../cli/screen/followers.ts';
import {
  copyLine,
  guestLines,
  hasLine,
  type Pen,
  stageLine,
  summary,
  warningLines,
} from '../../../cli/screen/lines.ts';
import { buildReport, exitCodeOf, type SeenBuild } from '../../../cli/screen/report.ts';
import { advance, type BuildDocument, emptyTimeline, type Stage } from '../../../cli/screen/timeline.ts';
import { strictScript } from '../../../shared/recipe/strict-script.ts';

const START = Date.parse('2026-11-22T03:00:00Z');
const ARN = 'arn:aws:states:us-east-1:999988887777:execution:golden-image-bake:one';
const pen: Pen = { paint: (_colour, text) => text, columns: 120 };

const stage = (name: string, seconds: number, failed = false): Stage => ({
  name,
  began: START,
  ended: START + seconds * 1000,
  failed,
});

const skip = { verdict: 'skip', rule: 'unchanged', reason: 'base and recipe are those of two' } as const;

const seen = (more: Partial<SeenBuild>, document: BuildDocument = {}): SeenBuild => ({
  place: { world: 'aws', account: '999988887777', region: 'us-east-1' },
  recipe: 'al2023',
  execution: { name: 'one', startTime: START },
  origin: { executionArn: ARN },
  timeline: { stages: [stage('Decide', 1)], document, failedStage: undefined, isParallel: false },
  result: { status: 'SUCCEEDED' },
  now: START + 2000,
  ...more,
});

describe('a skipped build', () => {
  const report = buildReport(seen({}, { decision: skip }));

  it('is not a failure, and has a reason', () => {
    expect(report).toMatchObject({ status: 'skipped', decision: skip, images: [], seconds: 2 });
    expect(exitCodeOf(report)).toBe(0);
    expect(summary(report, 1, pen)).toEqual(['Skipped: base and recipe are those of two', 'al2023 (2 s)']);
  });

  it('differs from a build that was not skipped', () => {
    const decision = { verdict: 'build', rule: 'asked', reason: 'a person asked for it' } as const;
    expect(buildReport(seen({}, { decision }))).toMatchObject({ status: 'succeeded', decision });
    // A build that waits has no decision yet.
    expect(buildReport(seen({}, { decision: {} }))).not.toHaveProperty('decision');
  });
});

describe('a release without an optional region', () => {
  const [region, reason] = ['ap-southeast-2', 'EC2 failed to copy it 3 times: failed: No.'] as const;
  const warning = `the image is released without the optional region ${region}: ${reason}`;
  const image = { region: 'us-east-1', imageId: 'ami-1', name: 'al2023-1', snapshotIds: ['snap-1'] };
  const share = { accounts: [], organizations: [], organizationalUnits: [], public: false };
  const release = {
    images: [image],
    sharedWith: share,
    warnings: [warning],
    failedRegions: [{ region, reason }],
  };
  const plan = { base: { imageId: 'ami-0' }, warnings: [warning] };

  it('names the region and the reason once', () => {
    const report = buildReport(seen({}, { plan, release }));
    expect(report).toMatchObject({ status: 'succeeded', failedRegions: [{ region, reason }] });
    expect(report.warnings).toEqual([warning]);
    expect(stageLine(stage('ShareImages', 8), { release }, pen)).toMatch(
      / {2}in 1 region, not in ap-southeast-2$/,
    );
  });

  it('shows why there is no copy', () => {
    const copy = { region, attempt: 3, name: 'al2023-1', snapshotIds: [], failures: ['No.'] };
    const line = copyLine({ ...copy, state: 'failed', said: reason }, pen);
    expect(line).toMatch(
      /^ {4}to ap-southeast-2 +failed, optional {2}EC2 failed to copy it 3 times: failed: No\.$/,
    );
  });
});

describe('a build on AWS that was stopped, timed out or is still running', () => {
  test.each([
    [
      { status: 'ABORTED', cause: 'Stopped by jane with golden stop' } as const,
      'Stopped by jane with golden stop',
    ],
    [{ status: 'ABORTED' } as const, 'The execution was stopped'],
  ])('%j: the build was stopped, and the deployment cleans up', (result, message) => {
    const report = buildReport(seen({ result }));
    expect(report).toMatchObject({ status: 'aborted', error: { name: 'Aborted', message, stage: 'Decide' } });
    expect(report).not.toHaveProperty('cleanup');
    expect(exitCodeOf(report)).toBe(130);
    const text = summary(report, 1, pen).join('\n');
    expect(text).toContain(`Stopped at Decide: Aborted\n${message}`);
    expect(text).toContain('A rule of the deployment now starts the clean-up');
  });

  it('has timed out', () => {
    const report = buildReport(seen({ result: { status: 'TIMED_OUT' } }));
    expect(report).toMatchObject({ status: 'failed', error: { name: 'States.Timeout', stage: 'Decide' } });
    expect(exitCodeOf(report)).toBe(1);
  });

  it('is still running if an error ended the watch', () => {
    const lost = { name: 'ExpiredTokenException', message: 'The AWS credentials have expired' };
    const report = buildReport(seen({ result: undefined, lost }));
    expect(report).toMatchObject({ status: 'running', error: lost, executionArn: ARN });
    expect(exitCodeOf(report)).toBe(1);
    expect(summary(report, 1, pen)).toContain(`  to watch:  golden watch ${ARN}`);
  });
});

describe('a refused build', () => {
  const failed = (error: string, failedStage: string, names: string[]) => {
    const stages = names.map((name) => stage(name, 1));
    const timeline = { stages, document: {}, failedStage, isParallel: false };
    const cause = JSON.stringify({ errorMessage: 'No such recipe' });
    return buildReport(seen({ timeline, result: { status: 'FAILED', error, cause } }));
  };

  test.each([
    ['Decide', ['Decide', 'Record']],
    ['Plan', ['Decide', 'Plan', 'Record']],
  ])('is invalid if %s refuses it: exit code 2, and no clean-up', (failedStage, names) => {
    const report = failed('InvalidInput', failedStage, names);
    expect(report).toMatchObject({ status: 'invalid', images: [], execution: 'one' });
    expect(report.error).toEqual({ name: 'InvalidInput', message: 'No such recipe', stage: failedStage });
    expect(report).not.toHaveProperty('cleanup');
    expect(exitCodeOf(report)).toBe(2);
    const text = summary(report, 1, pen).join('\n');
    expect(text).toContain(`Failed at ${failedStage}: InvalidInput\nNo such recipe`);
    expect(text).toContain('Nothing was created, so no clean-up was needed.');
    expect(text).not.toContain('Clean-up');
  });

  test.each([
    ['with another error', 'Denied', 'Plan', ['Decide', 'Plan', 'Record']],
    ['after a scan', 'InvalidInput', 'Plan', ['Decide', 'Plan', 'Scan', 'Decide', 'Plan', 'CleanUp']],
    ['in a later stage', 'InvalidInput', 'Launch', ['Decide', 'Plan', 'Launch', 'CleanUp']],
  ])('has failed %s: exit code 1', (_, error, failedStage, names) => {
    const report = failed(error, failedStage, names);
    expect(report.status).toBe('failed');
    expect(exitCodeOf(report)).toBe(1);
  });
});

describe('the base', () => {
  test.each([
    [
      { imageId: 'ami-1', name: 'al2023', owner: 'amazon' },
      { imageId: 'ami-1', name: 'al2023' },
      'from ami-1 al2023',
    ],
    [{ snapshotId: 'snap-1', ena: true }, { snapshotId: 'snap-1' }, 'from snap-1'],
    [{ instanceId: 'i-1', name: 'web', reboot: true }, { instanceId: 'i-1', name: 'web' }, 'from i-1 web'],
  ])('%j is reported by its id', (base, reported, line) => {
    expect(buildReport(seen({}, { plan: { base } })).base).toEqual(reported);
    expect(stageLine(stage('Plan', 1), { plan: { base } }, pen)).toContain(line);
  });
});

test('a base that is copied without changes is called so', () => {
  const plan = { base: { imageId: 'ami-1', name: 'appliance' }, copyBase: true } as const;
  expect(stageLine(stage('Plan', 1), { plan }, pen)).toContain('a copy of ami-1 appliance');
  expect(buildReport(seen({}, { plan })).base).toEqual({ ...plan.base, copyBase: true });
});

describe('the warnings of a build', () => {
  it('say that it was not announced, and why', () => {
    const Cause = JSON.stringify({ errorMessage: 'sns:Publish: AuthorizationErrorException: No.' });
    expect(buildReport(seen({}, { announcement: { Error: 'Denied', Cause } })).warnings).toEqual([
      'Not announced, or only in part: Denied: sns:Publish: AuthorizationErrorException: No.',
    ]);
    expect(buildReport(seen({}, { announcement: {} }))).not.toHaveProperty('warnings');
  });

  const plan = { base: { imageId: 'ami-1' }, warnings: ['The base is old: choose another'] };

  it('are in the report; without warnings, the field is absent', () => {
    expect(buildReport(seen({}, { plan })).warnings).toEqual(plan.warnings);
    const verdict = { warnings: ['gates.cve: CVE-2026-1 is accepted'] };
    const release = { warnings: ['could not check a region'] };
    expect(buildReport(seen({}, { plan, verdict, release })).warnings).toEqual([
      ...plan.warnings,
      ...verdict.warnings,
      ...release.warnings,
    ]);
    expect(buildReport(seen({}, { plan: { base: plan.base } }))).not.toHaveProperty('warnings');
  });

  it('are printed on one line each, even in a narrow terminal', () => {
    const lines = warningLines(plan.warnings, { ...pen, columns: 10 });
    expect(lines).toEqual(['    ! The base is old: choose another']);
    expect(warningLines(undefined, pen)).toEqual([]);
  });
});

describe('the line of a stage', () => {
  const built = (rule: 'asked' | 'changed') => ({ verdict: 'build', rule }) as const;

  test.each([
    [{ ...skip }, 'skip'],
    [{ verdict: 'build', rule: 'changed', reason: 'the recipe is new' } as const, 'build: the recipe is new'],
  ])('shows the decision: %j', (decision, text) => {
    expect(stageLine(stage('Decide', 1), { decision }, pen)).toBe(`✔ Decide                 1 s  ${text}`);
  });

  test.each([
    ['Decide', 1, false, {}, false],
    ['Record', 2, false, {}, false],
    ['Decide', 30, false, {}, true],
    ['Record', 1, true, {}, true],
    ['Decide', 1, false, { decision: skip }, true],
    ['Decide', 1, false, { decision: built('asked') }, false],
    ['Decide', 1, false, { decision: built('changed') }, true],
    ['Record', 1, false, { decision: skip }, false],
    ['Plan', 0, false, {}, true],
    ['RefreshInstances', 1, false, { refreshes: { started: [] } }, false],
    ['RefreshInstances', 1, true, {}, true],
    ['RefreshInstances', 1, false, { refreshes: { started: [], warnings: ['No.'] } }, true],
    ['RefreshInstances', 1, false, { refreshes: { Error: 'Denied' } }, true],
    ['Anything', 0, false, {}, true],
  ])('for %s after %i s, failed: %s, with %j: printed: %s', (name, seconds, failed, document, isShown) => {
    expect(hasLine(stage(name, seconds, failed), document)).toBe(isShown);
  });

  test.each([
    [{ imageId: 'ami-1', missing: 0, failed: 0 }, 'ami-1 is up to date'],
    [{ imageId: 'ami-1', missing: 1, failed: 0 }, 'ami-1 is missing 1 update'],
    [{ imageId: 'ami-1', missing: 2, failed: 1 }, 'ami-1 is missing 3 updates'],
  ])('shows the result of a scan: %j', (scan, text) => {
    expect(stageLine(stage('Scan', 200), { scan }, pen)).toBe(`✔ Scan                 3 min  ${text}`);
  });
});

test('the longest names of stages have their own column', () => {
  for (const name of ['RefreshInstances', 'PlanDistribution', 'ProtectImages'])
    expect(stageLine(stage(name, 1), {}, pen)).toBe(`✔ ${name.padEnd(16)}       1 s`);
});

test('the history says in words what triggered a build', () => {
  const move = { at: '1', channel: 'candidate', how: 'released', to: '1', execution: 'one' } as const;
  const report = {
    schemaVersion: 1,
    status: 'succeeded',
    world: 'aws',
    action: 'history',
    recipe: 'al2023',
    history: ['parameter', 'arn:aws:iam::999988887777:user/jane'].map((by) => ({ ...move, by })),
  } as const;
  const lines = historyLines(report).slice(-2);
  expect(lines[0]).toMatch(/ a changed parameter$/);
  expect(lines[1]).toMatch(/ arn:aws:iam::999988887777:user\/jane$/);
});

test('what clean-up removed in a consumer account is separate from the name of the account', () => {
  const removed = [{ region: 'us-east-1 of 271828182845', kind: 'parameter' as const, id: 'arn:…' }];
  const cleanup = { removed, remaining: [] };
  const timeline = {
    stages: [stage('Publish', 1)],
    document: { cleanup },
    failedStage: 'Publish',
    isParallel: false,
  };
  const report = buildReport(seen({ timeline, result: { status: 'FAILED', error: 'Denied', cause: 'No.' } }));
  expect(summary(report, 1, pen)).toContain('  us-east-1 of 271828182845 parameter arn:…');
});

describe('what follows a release', () => {
  const template = { region: 'us-east-1', id: 'lt-0', version: 5, default: true };
  const accounts = ['271828182845', '314159265358'];
  const followers = { accounts, launchTemplates: [template, { ...template, id: 'lt-1', default: false }] };

  it('is shown below Publish and below a move', () => {
    const lines = [
      '    also in 271828182845, 314159265358',
      '    launch template lt-0 in us-east-1: version 5, now the default',
      '    launch template lt-1 in us-east-1: version 5, not the default',
    ];
    expect(followerLines(followers)).toEqual(lines);
    expect(followerLines({})).toEqual([]);
    const move = {
      channel: 'stable',
      how: 'promoted',
      to: '1',
      parameter: '/p',
      images: {},
      unmoved: [],
    } as const;
    const asked = { place: { world: 'aws' }, action: 'promote', recipe: 'al2023' } as const;
    const output = { move: { status: 'ready', recipe: 'al2023', ...move, ...followers } };
    const report = channelReport(asked, { status: 'SUCCEEDED', output });
    expect(report.move).toEqual({ ...move, ...followers });
    expect(moveLines(report).slice(1, 4)).toEqual(lines);
  });

  it('is in the report for programs', () => {
    const publication = { parameter: '/p', ...followers };
    expect(buildReport(seen({}, { publication }))).toMatchObject({ publication });
    expect(buildReport(seen({}, { publication: { parameter: '/p' } })).publication).toEqual({
      parameter: '/p',
    });
  });
});

test('the line of TestCopies names the regions', () => {
  const regions = ['eu-west-1', 'us-west-2'].map((region) => ({
    region,
    imageId: 'ami-1',
    phase: 'passed' as const,
  }));
  expect(stageLine(stage('TestCopies', 1), { copyVerdicts: { regions } }, pen)).toBe(
    '✔ TestCopies             1 s  a fresh instance booted in eu-west-1, us-west-2',
  );
});

describe('the line of TestImage', () => {
  const cve = (accepted: string[]) => ({ gates: { cve: { found: {}, accepted } } });
  test.each([
    [{ tested: false, tests: [] }, 'not tested (test.boot is false)'],
    [{ tested: true, tests: [] }, 'a fresh instance passed all checks'],
    [{ tested: true, tests: ['one'] }, 'a fresh instance passed all checks and 1 test'],
    [{ tested: true, tests: [], ...cve([]) }, 'a fresh instance passed all checks and the CVE gate'],
    [
      { tested: true, tests: ['one', 'two'], ...cve(['CVE-2026-1']) },
      'a fresh instance passed all checks, 2 tests and the CVE gate (1 accepted)',
    ],
  ])('says what the image passed: %j', (verdict, text) => {
    expect(stageLine(stage('TestImage', 1), { verdict }, pen)).toBe(`✔ TestImage              1 s  ${text}`);
  });
});

test('the line of TestImage in a later addition says why nothing was tested', () => {
  const plan = { base: { imageId: 'ami-1' }, distribution: '20261122-030000-000000' };
  const document = { plan, verdict: { tested: false, tests: [] } };
  expect(stageLine(stage('TestImage', 1), document, pen)).toContain('tested when it was built');
});

describe('recorded scripts', () => {
  const lineOf = (script: string, columns = 120) => {
    const before = baseDisk('amazon-linux-2023', 2);
    const entry = { at: START, document: 'golden-image-al2023', step: 'step01_web_server', script };
    const after = { ...before, journal: [...before.journal, entry] };
    const [line] = guestLines(before, after, { step01_web_server: 'web server' }, { ...pen, columns });
    return line?.trim();
  };
  const script = 'if dnf install -y nginx\nthen\n  systemctl enable nginx\nfi';

  test.each([
    ['dnf install -y nginx', 'web server: dnf install -y nginx'],
    [
      'dnf install -y nginx\n\n# starts with the system\nsystemctl enable nginx\n',
      'web server: dnf install -y nginx (+1 line)',
    ],
    [script, 'web server: if dnf install -y nginx (+3 lines)'],
    ['set -eux\nexport A=1\nuptime', 'web server: uptime'],
    ['set -eux', 'web server: set -eux'],
  ])('are shown by the first line and the number of further lines: %j', (text, shown) => {
    expect(lineOf(text)).toBe(`recorded, not run  ${shown}`);
  });

  test.each([
    ['shell', script],
    ['shell', `#!/bin/bash\n${script}`],
    ['powershell', script],
  ] as const)('are shown without the lines that make scripts strict: %s', (kind, text) => {
    expect(lineOf(strictScript(kind, text))).toBe(
      'recorded, not run  web server: if dnf install -y nginx (+3 lines)',
    );
  });

  it('do not include the scripts of the build of the base', () => {
    const entry = { at: START, document: 'golden-image-base', step: 'step01_agent' };
    const old = baseDisk('amazon-linux-2023', 2);
    const before = { ...old, journal: [{ ...entry, script: 'dnf install -y agent' }] };
    const after = { ...before, journal: [...before.journal, { ...entry, script: 'dnf install -y nginx' }] };
    expect(guestLines(before, after, { step01_agent: 'web server' }, pen)).toEqual([
      '    recorded, not run  web server: dnf install -y nginx',
    ]);
  });

  it('keep the number of lines if the first line is too long', () => {
    expect(lineOf(script, 60)).toBe('recorded, not run  web server: if dnf insta… (+3 lines)');
  });
});

describe('the timeline', () => {
  const entered = (name: string, timestamp: number) =>
    ({ type: 'StateEntered', timestamp, state: { name, type: 'Task' } }) as const;

  test.each([
    ['ExecutionSucceeded', false],
    ['ExecutionFailed', true],
    ['ExecutionAborted', true],
    ['ExecutionTimedOut', true],
  ])('after %s, the last stage failed: %s', (type, failed) => {
    const { stages } = [entered('Plan', 0), { type, timestamp: 5 }].reduce(advance, emptyTimeline);
    expect(stages).toEqual([{ name: 'Plan', began: 0, ended: 5, failed }]);
  });

  it('distinguishes the first failed stage from later stages', () => {
    const caught = { type: 'StateCaught', timestamp: 3, state: { name: 'Plan', type: 'Task' } };
    const events = [
      entered('Plan', 0),
      caught,
      entered('CleanUp', 3),
      { type: 'ExecutionFailed', timestamp: 9 },
    ];
    const { stages, failedStage } = events.reduce(advance, emptyTimeline);
    expect(stages.map(({ name, failed }) => [name, failed])).toEqual([
      ['Plan', true],
      ['CleanUp', false],
    ]);
    expect(failedStage).toBe('Plan');
  });
});
