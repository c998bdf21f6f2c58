import { describe, expect, test } from 'vitest';
import { type AvailableImage, eventSchema, interpretEvent } from '../../shared/build/build-event.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';

const now = new Date('2026-11-22T03:02:00Z');
const here = { account: '999988887777', region: 'us-east-1' };
const based = (name: string, base: object, rebuildOnNewBase = true) =>
  recipeFile({ ...plainRecipe, name, base, rebuildOnNewBase }).recipe;

const debian: AvailableImage = {
  imageId: 'ami-0123456789abcdef0',
  name: 'debian-12-amd64-20261120-1',
  owner: '136693071363',
  ownerAlias: undefined,
  architecture: 'x86_64',
  isOurs: false,
};
const imageEvent = (more: object = {}) =>
  eventSchema.parse({
    id: 'e1',
    account: here.account,
    region: here.region,
    time: '2026-11-22T03:00:00Z',
    source: 'aws.ec2',
    'detail-type': 'EC2 AMI State Change',
    detail: { ImageId: debian.imageId, State: 'available' },
    ...more,
  });
const filter = (name: string, owner: string, architecture?: string) => ({
  filter: { name, owner, ...(architecture && { architecture }) },
});

describe('an image that became available', () => {
  test.each<[string, object, Partial<AvailableImage>, boolean]>([
    ['by name and owner', filter('debian-12-amd64-*', '136693071363'), {}, true],
    ['with its architecture', filter('debian-12-*', '136693071363', 'x86_64'), {}, true],
    ['of another architecture', filter('debian-12-*', '136693071363', 'arm64'), {}, false],
    ['of another owner', filter('debian-12-*', '111122223333'), {}, false],
    ['of another name', filter('debian-13-*', '136693071363'), {}, false],
    ['a name does not match a part of a name', filter('debian-12', '136693071363'), {}, false],
    ['? is one character', filter('debian-12-amd64-2026112?-1', '136693071363'), {}, true],
    ['a dot is a dot', filter('debian.12-*', '136693071363'), {}, false],
    ['a bracket is a bracket', filter('a(b)[c]*', '136693071363'), { name: 'a(b)[c]d' }, true],
    ['an escaped star is a star', filter('a\\*b', '136693071363'), { name: 'a*b' }, true],
    ['and not a wildcard', filter('a\\*b', '136693071363'), { name: 'axb' }, false],
    ['by alias', filter('debian-12-*', 'amazon'), { ownerAlias: 'amazon' }, true],
    ['self is this account', filter('debian-12-*', 'self'), { owner: here.account }, true],
    ['and no other', filter('debian-12-*', 'self'), {}, false],
    ['a parameter does not match an image', { ssmParameter: '/my/base' }, {}, false],
  ])('%s', (_, base, image, expected) => {
    const { recipes } = interpretEvent(imageEvent(), { ...debian, ...image }, [based('r', base)], here, now);
    expect(recipes).toEqual(expected ? ['r'] : []);
  });

  const all = [based('r', filter('*', '136693071363')), based('idle', filter('*', '136693071363'), false)];

  test('builds only recipes with rebuildOnNewBase', () => {
    expect(interpretEvent(imageEvent(), debian, all, here, now)).toEqual({
      recipes: ['r'],
      type: 'image',
      reason: 'debian-12-amd64-20261120-1 (ami-0123456789abcdef0) became available',
    });
  });

  test.each([
    ['our own', imageEvent(), { ...debian, isOurs: true }, /^this pipeline created ami-0123456789abcdef0$/],
    [
      'elsewhere',
      imageEvent({ region: 'eu-west-1' }),
      debian,
      /is in eu-west-1, but builds use base images in us-east-1$/,
    ],
    [
      'not shared',
      imageEvent({ account: '444455556666' }),
      undefined,
      /in account 444455556666 is not shared/,
    ],
    ['gone', imageEvent(), undefined, /^ami-0123456789abcdef0 no longer exists$/],
  ])('builds no recipe if the image is %s', (_, event, image, reason) => {
    const meaning = interpretEvent(event, image, all, here, now);
    expect(meaning.recipes).toEqual([]);
    expect(meaning.reason).toMatch(reason);
  });

  test('may not be visible immediately after its event, which is then retried', () => {
    const event = imageEvent({ time: '2026-11-22T03:01:00Z' });
    expect(() => interpretEvent(event, undefined, all, here, now)).toThrow(
      'The image ami-0123456789abcdef0 is not visible yet',
    );
  });
});

describe('a parameter that changed', () => {
  const event = (name: string, account = here.account) =>
    eventSchema.parse({
      ...{ id: 'e', account, region: here.region, 'detail-type': 'Parameter Store Change' },
      detail: { name, operation: 'Update' },
    });

  test.each([
    ['/my/base', '/my/base', here.account, true],
    ['/my/base:3', '/my/base', here.account, true],
    ['/my/base:stable', '/my/base', here.account, true],
    ['base', 'base', here.account, true],
    ['/my/base', '/my/bases', here.account, false],
    ['arn:aws:ssm:us-east-1:444455556666:parameter/my/base', '/my/base', '444455556666', true],
    ['arn:aws:ssm:us-east-1:444455556666:parameter/my/base', '/my/base', here.account, false],
    ['arn:aws:ssm:us-east-1:444455556666:parameter/base', 'base', '444455556666', true],
  ])('%s matches %s in %s: %s', (ssmParameter, name, account, expected) => {
    const { recipes, type } = interpretEvent(
      event(name, account),
      undefined,
      [based('r', { ssmParameter })],
      here,
      now,
    );
    expect([recipes, type]).toEqual([expected ? ['r'] : [], 'parameter']);
  });
});

describe("the watcher's event, and a request", () => {
  const event = (detailType: string, detail: object) =>
    eventSchema.parse({
      ...{ id: 'e', account: here.account, region: here.region, source: 'golden-image' },
      'detail-type': detailType,
      detail,
    });
  const recipes = [
    based('r', { ssmParameter: '/my/base' }),
    based('idle', { ssmParameter: '/my/base' }, false),
  ];

  test.each([
    ['Golden Image Base Changed', { recipe: 'r', reason: 'why' }, ['r'], 'base', 'why'],
    ['Golden Image Base Changed', { recipe: 'idle', reason: 'why' }, [], 'base', 'why'],
    ['Golden Image Build Requested', { recipe: 'idle' }, ['idle'], 'custom', 'an event requested the build'],
    ['Golden Image Build Requested', { recipe: 'r', reason: 'CVE' }, ['r'], 'custom', 'CVE'],
  ])('%s %j', (detailType, detail, expected, type, reason) => {
    expect(interpretEvent(event(detailType, detail), undefined, recipes, here, now)).toEqual({
      recipes: expected,
      type,
      reason,
    });
  });

  test.each([
    {},
    { 'detail-type': 'Golden Image Base Changed', source: 'other', detail: { recipe: 'r', reason: '' } },
    { 'detail-type': 'EC2 AMI State Change', detail: { ImageId: 'ami-1', State: 'deregistered' } },
  ])('%j is not a known event', (event) => {
    expect(eventSchema.safeParse({ id: 'e', account: 'a', region: 'r', ...event }).success).toBe(false);
  });

  test.each([
    [{}, /allowed are recipe \(the name of a recipe\)/],
    [{ recipe: 7 }, /allowed are recipe/],
    [{ recipe: 'r', reason: 7 }, /and reason \(optional, a text\)/],
    [{ recipe: 'r', force: true }, /has "force": allowed are recipe/],
  ])('the detail %j of a request is refused by name', (detail, message) => {
    const asking = event('Golden Image Build Requested', detail);
    expect(() => interpretEvent(asking, undefined, recipes, here, now)).toThrow(message);
  });
});
