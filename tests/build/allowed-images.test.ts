import { describe, expect, test } from 'vitest';
import {
  type AllowedImages,
  baseWarnings,
  type ImageCriteria,
  meetsCriteria,
  resultWarnings,
} from '../../shared/build/allowed-images.ts';

const owner = '999988887777';
const image = {
  owner,
  name: 'web-20261122-030000-000000',
  products: ['abc'],
  watermarks: [{ key: '111122223333:approved', region: 'us-east-1' }],
};

describe('meetsCriteria', () => {
  test.each<[boolean, ImageCriteria[]]>([
    [false, []],
    [true, [{ providers: ['amazon', owner] }]],
    [false, [{ providers: ['amazon'] }]],
    [false, [{ providers: ['none'] }]],
    [true, [{ providers: ['amazon'] }, { names: ['web-*'] }]],
    [false, [{ providers: ['amazon'], names: ['web-*'] }]],
    [false, [{ names: ['web-?'] }]],
    [false, [{ names: ['web.*'] }]],
    [true, [{ products: ['abc'] }]],
    [false, [{ products: ['abd'] }]],
    [true, [{ watermarks: [{ key: '111122223333:*', region: 'us-*' }] }]],
    [false, [{ watermarks: [{ key: '111122223333:*', region: 'eu-*' }] }]],
    // Only an age: the image is new.
    [true, [{}]],
  ])('%s for %j', (meets, criteria) => {
    expect(meetsCriteria(image, criteria)).toBe(meets);
  });
});

describe('baseWarnings', () => {
  test('warns only of a base that meets no criterion', () => {
    const name = 'the base image ami-1 (debian)';
    expect(baseWarnings({ allowed: false, owner: '136693071363' }, name, 'us-east-1')).toEqual([
      'Allowed AMIs is in audit mode in us-east-1, and the base image ami-1 (debian) meets no criterion. When Allowed AMIs is enabled ' +
        'there, EC2 hides this image, and the build is refused: add the owner 136693071363 to the criteria before then',
    ]);
    expect(baseWarnings({ allowed: true, owner }, name, 'us-east-1')).toEqual([]);
    expect(baseWarnings({ owner }, name, 'us-east-1')).toEqual([]);
  });
});

describe('resultWarnings', () => {
  const share = { accounts: ['111122223333'], organizations: [], organizationalUnits: [], public: false };
  const plan = {
    recipe: 'web',
    version: '20261122-030000-000000',
    regions: ['us-east-1', 'eu-west-1'],
    share,
  };
  const strict: AllowedImages = { state: 'enabled', byPolicy: true, criteria: [{ providers: ['amazon'] }] };
  const warnings = (settings: Partial<AllowedImages>, changes: Partial<typeof plan> = {}) =>
    resultWarnings({ ...plan, ...changes }, new Map([['eu-west-1', { ...strict, ...settings }]]), image);

  test("warns of a policy that hides the image from the organization's other accounts", () => {
    expect(warnings({})).toEqual([
      'A policy of the organization sets the criteria of Allowed AMIs in eu-west-1, and the image will meet none of them. Other accounts ' +
        `with this policy cannot find or launch the image, although it is shared with them: add ${owner} to ImageProviders in the policy`,
    ]);
    expect(warnings({ state: 'audit-mode' })).toHaveLength(1);
  });

  test.each<[string, Partial<AllowedImages>, Partial<typeof plan>]>([
    ['if the image meets a criterion', { criteria: [{ names: ['web-*'] }] }, {}],
    ['if Allowed AMIs is disabled', { state: 'disabled' }, {}],
    ["of the account's own settings, which do not affect other accounts", { byPolicy: false }, {}],
    ['if the image is not shared', {}, { share: { ...share, accounts: [] } }],
    ['of a region that is not a target', {}, { regions: ['us-east-1'] }],
  ])('does not warn %s', (_, settings, changes) => {
    expect(warnings(settings, changes)).toEqual([]);
  });
});
