import { describe, expect, it, test } from 'vitest';
import { FAILURES_MAX } from '../../shared/build/decision.ts';
import {
  buildOutcome,
  confirmedRule,
  type EndedBuild,
  newRelease,
  pauseNotice,
} from '../../shared/build/ended-build.ts';

const deployed = { plain: {} };
const decision = { status: 'ready', verdict: 'build', rule: 'asked', reason: 'x', digest: 'd1' } as const;
const failure = { Error: 'BuildFailed' };
const trigger = { type: 'schedule', id: 't' };

describe('how a build ended', () => {
  test.each<[string, EndedBuild, ReturnType<typeof buildOutcome>]>([
    ['released', { recipe: 'plain', decision }, { outcome: 'released', isMeasured: true }],
    [
      'skipped',
      { recipe: 'plain', decision: { ...decision, verdict: 'skip' } },
      { outcome: 'skipped', isMeasured: true },
    ],
    [
      'failed',
      { recipe: 'plain', decision, failure },
      { outcome: 'failed', isMeasured: true, failure: 'BuildFailed' },
    ],
    [
      'failed with an unnamed error',
      { recipe: 'plain', decision, failure: {} },
      { outcome: 'failed', isMeasured: true, failure: 'Unknown' },
    ],
    ...['Rejected', 'NotApproved', 'Superseded'].map(
      (name): [string, EndedBuild, ReturnType<typeof buildOutcome>] => [
        `${name}: people decided, so it is no failure of the recipe`,
        { recipe: 'plain', decision, failure: { Error: name }, trigger },
        { outcome: 'failed', isMeasured: true },
      ],
    ),
    [
      'failed before a decision, by hand: a typing mistake',
      { recipe: 'plain', failure },
      { outcome: 'failed', isMeasured: false },
    ],
    [
      'failed before a decision, by a trigger',
      { recipe: 'plain', failure, trigger },
      { outcome: 'failed', isMeasured: true, failure: 'BuildFailed' },
    ],
    [
      'refused by Plan, by hand: a mistake of a person',
      { recipe: 'plain', decision, failure: { Error: 'InvalidInput' } },
      { outcome: 'failed', isMeasured: true },
    ],
    [
      'refused by Plan, by a trigger: nobody sees the mistake',
      { recipe: 'plain', decision, failure: { Error: 'InvalidInput' }, trigger },
      { outcome: 'failed', isMeasured: true, failure: 'InvalidInput' },
    ],
    [
      'failed with overrides: a trial',
      { recipe: 'plain', decision, failure, overrides: { regions: ['us-east-1'] } },
      { outcome: 'failed', isMeasured: true },
    ],
    [
      'failed with empty overrides: the deployed recipe',
      { recipe: 'plain', decision, failure, overrides: {} },
      { outcome: 'failed', isMeasured: true, failure: 'BuildFailed' },
    ],
    [
      'failed with overrides that are no map',
      { recipe: 'plain', failure, trigger, overrides: null },
      { outcome: 'failed', isMeasured: true },
    ],
    [
      'failed with a recipe given inline: a trial',
      { recipe: { name: 'plain' }, decision, failure },
      { outcome: 'failed', isMeasured: true },
    ],
  ])('%s', (_, build, expected) => {
    expect(buildOutcome(build, 'plain', deployed)).toEqual(expected);
  });

  it('does not count a failure of a recipe that is not deployed, or of a build without a recipe', () => {
    const build = { recipe: 'other', decision, failure };
    expect(buildOutcome(build, 'other', deployed)).toEqual({ outcome: 'failed', isMeasured: true });
    expect(buildOutcome({ failure, trigger }, undefined, deployed)).toEqual({
      outcome: 'failed',
      isMeasured: true,
    });
  });
});

describe('what was released', () => {
  const image = { region: 'us-east-1', imageId: 'ami-1', name: 'plain', snapshotIds: [] };
  const sharedWith = { accounts: [], organizations: [], organizationalUnits: [], public: false };
  const build: EndedBuild = {
    recipe: 'plain',
    decision,
    plan: { region: 'us-east-1', base: { imageId: 'ami-base' } },
    release: { status: 'ready', images: [image], sharedWith },
  };

  it('contains the base, the recipe and the image of the home region', () => {
    expect(newRelease(build, 'plain', deployed)).toEqual({
      base: 'ami-base',
      digest: 'd1',
      imageId: 'ami-1',
    });
  });

  it('counts a build with empty overrides as the deployed recipe', () => {
    expect(newRelease({ ...build, overrides: {} }, 'plain', deployed)).toMatchObject({ digest: 'd1' });
  });

  it('has no image when the home region is not a target', () => {
    const elsewhere = { ...build, plan: { region: 'eu-west-1', base: { imageId: 'ami-base' } } };
    expect(newRelease(elsewhere, 'plain', deployed)).toEqual({ base: 'ami-base', digest: 'd1' });
  });

  test.each<[string, EndedBuild]>([
    ['a build that failed', { ...build, failure }],
    ['a trial', { ...build, overrides: { regions: ['us-east-1'] } }],
    ['a build without a release', { ...build, release: undefined }],
  ])('is nothing for %s', (_, one) => {
    expect(newRelease(one, 'plain', deployed)).toBeUndefined();
  });
});

describe('a skipped build shows that no release was due', () => {
  const skip = (rule: string, type?: string, more: Partial<EndedBuild> = {}): EndedBuild => ({
    recipe: 'plain',
    decision: { ...decision, verdict: 'skip', rule } as EndedBuild['decision'],
    ...(type && { trigger: { type, id: 't' } }),
    ...more,
  });

  it.each([
    ['unchanged', 'schedule'],
    ['unchanged', 'custom'],
    ['unchanged', undefined],
    ['frozen', 'schedule'],
  ])('if the rule is %s and the trigger %s', (rule, type) => {
    expect(confirmedRule(skip(rule, type), 'plain', deployed)).toBe(rule);
  });

  it.each([
    ['unchanged', 'base', {}],
    ['unchanged', 'image', {}],
    ['frozen', 'custom', {}],
    ['frozen', undefined, {}],
    ['failing', 'schedule', {}],
    ['already-running', 'schedule', {}],
    ['unchanged', 'schedule', { overrides: { regions: ['us-east-1'] } }],
    ['unchanged', 'schedule', { failure: { Error: 'BuildFailed' } }],
  ])('but not if the rule is %s and the trigger %s, with %j', (rule, type, more) => {
    expect(confirmedRule(skip(rule, type, more), 'plain', deployed)).toBeUndefined();
  });
});

describe('the notice that triggers pause', () => {
  const settings = { region: 'eu-west-1', stateMachine: 'arn:machine' };

  it('is sent only for the failure that pauses them', () => {
    const notices = [FAILURES_MAX - 1, FAILURES_MAX, FAILURES_MAX + 1].map((failuresInRow) =>
      pauseNotice('plain', { failuresInRow }, settings),
    );
    expect(notices.map((notice) => notice?.Subject)).toEqual([
      undefined,
      'Golden image plain: triggers paused after 5 failures',
      undefined,
    ]);
    expect(notices[1]?.Message).toContain(
      'aws stepfunctions start-execution --region eu-west-1 --state-machine-arn arn:machine --input \'{"recipe":"plain"}\'',
    );
  });
});
