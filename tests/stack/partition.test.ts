import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** All files that are deployed, deploy, or act on a deployment. */
const files = [
  'serverless.yml',
  ...[
    ...['stack', 'statemachines', 'documents', 'functions', 'shared', 'packaging', 'scripts', 'cli'],
    'local',
  ].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|js|yml)$/.test(name))
      .map((name) => join(folder, name)),
  ),
];

/** Names of other partitions, patterns that match other partitions, and CloudFormation's parameter for any partition. */
const OTHERS = /AWS::Partition|arn:aws-|arn:aws\[|arn:\*|arn:\[|arn:\$\{/;

it.each(files)('%s names only the partition aws', (file) => {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
  expect(lines.filter((line) => OTHERS.test(line))).toEqual([]);
});
