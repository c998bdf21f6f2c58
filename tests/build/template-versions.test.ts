import { describe, expect, it } from 'vitest';
import {
  nextTemplates,
  type SeenTemplate,
  templateDescription,
  templatesBefore,
  templatesOf,
  templatesToUndo,
} from '../../shared/build/template-versions.ts';

const [id, region] = ['lt-0123456789abcdef0', 'eu-west-1'] as const;
const template = { region, id, channel: 'stable', default: true };
const publication = {
  recipe: 'plain',
  version: '20261122-030000-ea6070',
  execution: 'build',
  channels: ['stable'],
  images: { [region]: 'ami-new' },
  templates: [{ ...template, before: 4 }],
};
const seen = (number: number, imageId: string, more: Partial<SeenTemplate> = {}): SeenTemplate[] => [
  { region, id, default: { number, imageId }, ...more },
];

describe('what a publication does with a launch template', () => {
  it.each([
    ['creates a version', seen(4, 'ami-old'), true, [1, 0]],
    ['makes the version the default', seen(4, 'ami-old', { own: 5 }), true, [0, 1]],
    ['leaves the default alone if the recipe does not ask', seen(4, 'ami-old', { own: 5 }), false, [0, 0]],
    ['is done when the default version has the image', seen(5, 'ami-new', { own: 5 }), true, [0, 0]],
    ['creates nothing if the default version has the image already', seen(4, 'ami-new'), true, [0, 0]],
  ])('%s', (_, now, isDefault, counts) => {
    const templates = [{ ...template, default: isDefault, before: 4 }];
    const { create, makeDefault } = nextTemplates({ ...publication, templates }, now);
    expect([create.length, makeDefault.length]).toEqual(counts);
  });

  it('does nothing if the release enters no channel after all', () => {
    const next = nextTemplates({ ...publication, channels: [] }, seen(4, 'ami-old'));
    expect(next).toEqual({ create: [], makeDefault: [] });
  });
});

describe('the default version before a publication', () => {
  it('is the present one, or what it was before an execution that died', () => {
    expect(templatesBefore([template], seen(7, 'ami-old'), [publication])).toEqual([
      { ...template, before: 7 },
    ]);
    const description = templateDescription(publication);
    const left = seen(5, 'ami-new', { default: { number: 5, imageId: 'ami-new', description } });
    expect(templatesBefore([template], left, [publication])).toEqual([{ ...template, before: 4 }]);
  });
});

describe('what clean-up does with a launch template', () => {
  it.each([
    ['nothing, if there is no version', seen(4, 'ami-old'), true, []],
    ['removes a version', seen(4, 'ami-old', { own: 5 }), false, [{ own: 5, isDefault: false }]],
    [
      'puts the default version back first',
      seen(5, 'ami-new', { own: 5 }),
      true,
      [{ own: 5, isDefault: true, before: 4 }],
    ],
    [
      'leaves a default version to the execution that has taken the channel over',
      seen(5, 'ami-new', { own: 5 }),
      false,
      [],
    ],
  ])('%s', (_, now, ownsChannel, expected) => {
    expect(templatesToUndo(publication, now, ownsChannel)).toMatchObject(expected);
    expect(templatesToUndo(publication, now, ownsChannel)).toHaveLength(expected.length);
  });
});

it('a launch template without a channel follows the first one', () => {
  const publish = {
    channels: ['candidate', 'stable'],
    roles: [],
    launchTemplates: [
      { region, id, default: false },
      { ...template, region: 'us-east-1' as const },
    ],
  };
  expect(templatesOf(publish, [region])).toEqual([{ region, id, channel: 'candidate', default: false }]);
  expect(templatesOf(publish, [region, 'us-east-1'], ['stable'])).toEqual([
    { ...template, region: 'us-east-1' },
  ]);
});
