import { describe, expect, test } from 'vitest';
import {
  attributeRefusals,
  lacksImdsV2,
  missingDeprecation,
  missingProtection,
  plannedAttributes,
} from '../../shared/build/image-attributes.ts';

describe('plannedAttributes', () => {
  test('counts the days from the start of the build, and rounds to the minute as EC2 does', () => {
    const image = { imds: 'v2', deprecateAfterDays: 90, deregistrationProtection: 'with-cooldown' } as const;
    expect(plannedAttributes(image, '2026-11-22T03:00:40.000Z')).toEqual({
      imds: 'v2',
      deprecateAt: '2027-02-20T03:01:00.000Z',
      deregistrationProtection: 'with-cooldown',
    });
  });

  test('has no fields for attributes that the recipe does not set', () => {
    const image = { imds: 'optional', deregistrationProtection: 'none' } as const;
    expect(plannedAttributes(image, '2026-11-22T03:00:00.000Z')).toEqual({ imds: 'optional' });
  });
});

describe('missingDeprecation', () => {
  const deprecateAt = '2027-02-20T03:01:00.000Z';

  test.each([
    { DeprecationTime: undefined, missing: new Date(deprecateAt) },
    { DeprecationTime: '2028-02-20T03:01:00.000Z', missing: new Date(deprecateAt) },
    // EC2 documents a form without milliseconds.
    { DeprecationTime: '2027-02-20T03:01:00Z', missing: undefined },
  ])('%j', ({ DeprecationTime, missing }) => {
    expect(missingDeprecation({ image: { imds: 'v2', deprecateAt } }, { DeprecationTime })).toEqual(missing);
  });

  test.each([undefined, { imds: 'v2' as const }])('changes nothing with %j in the plan', (image) => {
    expect(missingDeprecation({ image }, { DeprecationTime: deprecateAt })).toBeUndefined();
  });
});

describe('missingProtection', () => {
  test.each([
    ['on', 'disabled', { withCooldown: false }],
    ['on', 'disabled after 2026-11-23T03:00:00.000Z', { withCooldown: false }],
    ['on', 'enabled-without-cooldown', undefined],
    ['on', 'enabled-with-cooldown', undefined],
    ['with-cooldown', undefined, { withCooldown: true }],
    ['with-cooldown', 'enabled-without-cooldown', { withCooldown: true }],
    ['with-cooldown', 'enabled-with-cooldown', undefined],
    [undefined, 'enabled-with-cooldown', undefined],
  ] as const)('%s, if EC2 says %s', (deregistrationProtection, DeregistrationProtection, missing) => {
    const image = { imds: 'v2', deregistrationProtection } as const;
    expect(missingProtection({ image }, { DeregistrationProtection })).toEqual(missing);
  });
});

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
  const base = { architecture: 'x86_64' };

  test('refuses optional IMDSv2 for a base that requires IMDSv2', () => {
    expect(attributeRefusals({ imds: 'optional' }, { ...base, imds: 'v2' }, name)).toEqual([
      `image.imds is optional, but ${name} requires IMDSv2, so every image made from it requires IMDSv2, and EC2 cannot undo this: ` +
        'set image.imds to v2, or choose a base that does not require IMDSv2',
    ]);
  });

  test.each([
    [base, 'legacy-bios'],
    [{ ...base, bootMode: 'legacy-bios' }, 'legacy-bios'],
  ])('refuses UEFI for %j', (found, mode) => {
    expect(attributeRefusals({ imds: 'v2', bootMode: 'uefi' }, found, name)).toEqual([
      `image.bootMode is uefi, but ${name} boots with ${mode}, and EC2 creates an image with uefi only of an instance that runs with ` +
        'UEFI: remove image.bootMode, or choose a base whose boot mode is uefi or uefi-preferred',
    ]);
  });

  test('refuses a TPM for a base without a TPM', () => {
    expect(attributeRefusals({ imds: 'v2', tpm: 'v2' }, base, name)).toEqual([
      `image.tpm is v2, but ${name} has no TPM, and EC2 sets this only when it registers an image from a snapshot: ` +
        'remove image.tpm, or choose a base with a TPM, or a snapshot in base.snapshotId',
    ]);
  });

  test.each([
    [{ imds: 'optional' }, base],
    [{ imds: 'v2' }, { ...base, imds: 'v2', bootMode: 'legacy-bios' }],
    [
      { imds: 'v2', bootMode: 'uefi' },
      { ...base, bootMode: 'uefi-preferred' },
    ],
    [{ imds: 'v2', bootMode: 'uefi' }, { architecture: 'arm64' }],
    [
      { imds: 'v2', tpm: 'v2' },
      { ...base, tpm: 'v2' },
    ],
  ] as const)('allows %j for a base with %j', (image, found) => {
    expect(attributeRefusals(image, found, name)).toEqual([]);
  });
});
