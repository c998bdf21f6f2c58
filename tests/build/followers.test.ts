import { describe, expect, it } from 'vitest';
import { followersOf } from '../../shared/build/followers.ts';

const images = { 'us-east-1': 'ami-1', 'eu-west-1': 'ami-2' };
const template = (id: string, channel: string) => ({ region: 'us-east-1', id, channel, default: true });
const roleIn = (account: string) => `arn:aws:iam::${account}:role/pointers`;
const publication = { channels: ['stable'], images };

describe('what follows a publication', () => {
  it('is nothing without consumer accounts and launch templates', () => {
    expect(followersOf(publication, [])).toEqual({});
  });

  it('is a launch template of its channels, with the version that has the image', () => {
    const templates = [template('lt-1', 'stable'), template('lt-2', 'candidate'), template('lt-3', 'stable')];
    const seen = [
      { region: 'us-east-1', id: 'lt-1', default: { number: 1 }, own: 2 },
      { region: 'us-east-1', id: 'lt-2', default: { number: 7 } },
      // Its default version had the image before.
      { region: 'us-east-1', id: 'lt-3', default: { number: 3 } },
    ];
    expect(followersOf({ ...publication, templates }, seen)).toEqual({
      launchTemplates: [
        { region: 'us-east-1', id: 'lt-1', version: 2, default: false },
        { region: 'us-east-1', id: 'lt-3', version: 3, default: true },
      ],
    });
  });

  it('is a consumer account that follows in at least one region', () => {
    const consumerRoles = ['111122223333', '444455556666'].map(roleIn);
    const leftOut = {
      'us-east-1 of 111122223333': 'No.',
      'us-east-1 of 444455556666': 'No.',
      'eu-west-1 of 444455556666': 'No.',
    };
    expect(followersOf({ ...publication, consumerRoles }, []).accounts).toEqual([
      '111122223333',
      '444455556666',
    ]);
    expect(followersOf({ ...publication, consumerRoles, leftOut }, []).accounts).toEqual(['111122223333']);
  });
});
