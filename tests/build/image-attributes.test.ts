import { describe, expect, test } from 'vitest';
import { attributeRefusals, lacksImdsV2 } from '../../shared/build/image-attributes.ts';

describe('lacksImdsV2', () => {
  test.each([
    { image: { imds: 'v2' as const }, ImdsSupport: undefined, lacks: true },
    { image: { imds: 'v2' as const }, ImdsSupport: 'v2.0', lacks: false },
    { image: { imds: 'optional' as const }, ImdsSupport: undefined, lacks: false },
    // The plan of a former version of the pipeline.
    { image: undefined, ImdsSupport: undefined, lacks: false },
  ])('%j', ({ image, ImdsSupport, lacks }) => {
    expect(lacksImdsV2({ image }, { ImdsSupport })).toBe(lacks);
  });
});

describe('attributeRefusals', () => {
  const name = 'the base image ami-1 (web)';

  test('refuses optional IMDSv2 for a base that requires IMDSv2', () => {
    expect(attributeRefusals({ imds: 'optional' }, { imds: 'v2' }, name)).toEqual([
      `image.imds is optional, but ${name} requires IMDSv2, so every image made from it requires IMDSv2, and EC2 cannot undo this: ` +
        'set image.imds to v2, or choose a base that does not require IMDSv2',
    ]);
  });

  test.each([
    [{ imds: 'optional' }, {}],
    [{ imds: 'v2' }, {}],
    [{ imds: 'v2' }, { imds: 'v2' }],
  ] as const)('allows %j for a base with %j', (image, base) => {
    expect(attributeRefusals(image, base, name)).toEqual([]);
  });
});
