import { expect, test } from 'vitest';
import { nearness } from './nearest-first.ts';

test.each([
  ['shared/build/plan.ts', 'tests/build/plan.test.ts', 0],
  ['shared/build/plan.ts', 'tests/build/decision.test.ts', 1],
  ['shared/build/plan.ts', 'tests/functions/plan.test.ts', 2],
  ['functions/plan.ts', 'tests/functions/plan.test.ts', 0],
  ['embedded-aws/src/kms/grants.ts', 'embedded-aws/tests/kms/grants.test.ts', 0],
  ['embedded-aws/src/kms/create-grant.ts', 'embedded-aws/tests/kms/grants.test.ts', 1],
  ['embedded-aws/src/kms/create-grant.ts', 'embedded-aws/tests/ec2/images.test.ts', 2],
  ['tests/build/plan.test.ts', 'tests/build/plan.test.ts', 0],
])('after a change of %s, %s comes at place %i', (changed, file, place) => {
  expect(nearness(file, ['docs/x.md', changed])).toBe(place);
});
