import { expect, test } from 'vitest';
import { regionsToSearch } from '../../shared/build/removal-plan.ts';

const regions = ['us-east-1', 'eu-west-1', 'us-west-2', 'ap-south-1'];
const plan = { region: 'us-east-1', regions };
const copies = [
  { region: 'eu-west-1', attempt: 1 },
  { region: 'us-west-2', attempt: 2 },
  { region: 'ap-south-1', attempt: 1 },
];
const released = regions.map((region) => ({ region }));

test('clean-up searches every region of a build that was not released', () => {
  expect(regionsToSearch(plan, [], copies)).toEqual(regions);
});

test('after a release, clean-up searches where something can be left: attempts that failed, and testers', () => {
  expect(regionsToSearch(plan, released, copies)).toEqual(['us-east-1', 'us-west-2']);
  const tested = { ...plan, test: { copies: [{ region: 'ap-south-1' }] } };
  expect(regionsToSearch(tested, released, copies)).toEqual(['us-east-1', 'us-west-2', 'ap-south-1']);
});

test('after a release without an optional region, clean-up searches that region, too', () => {
  const without = released.filter(({ region }) => region !== 'ap-south-1');
  expect(regionsToSearch(plan, without, copies)).toEqual(['us-east-1', 'us-west-2', 'ap-south-1']);
});
