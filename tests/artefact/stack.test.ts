// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation's Fn::Sub uses this syntax.

import { expect, test } from 'vitest';
import type { Template } from '../stack/packaged.ts';
import { type Creator, deployTemplate } from './stack.ts';

const PLACE = { account: '999988887777', region: 'eu-west-1' };

/** Deploys resources of a test type that record their properties. */
async function deploy(Resources: Record<string, object>, more: Partial<Template> = {}) {
  const made: Record<string, unknown> = {};
  const thing: Creator = (id, properties) => {
    made[id] = properties;
    return { ref: `ref-${id}`, attributes: { Arn: `arn-${id}` } };
  };
  const template = { Resources, Conditions: {}, Outputs: {}, ...more } as Template;
  const outputs = await deployTemplate(template, { 'My::Thing': thing }, PLACE);
  return { made, order: Object.keys(made), outputs };
}

const thing = (Properties: object = {}, more: object = {}) => ({ Type: 'My::Thing', Properties, ...more });

test('a resource is created after the resources that it names', async () => {
  const { order, outputs } = await deploy(
    {
      A: thing({ of: { Ref: 'B' } }),
      B: thing({ of: { 'Fn::Sub': '${C.Arn}/${AWS::Region}' } }),
      C: thing({}, { DependsOn: ['D'] }),
      D: thing(),
    },
    { Outputs: { It: { Value: { 'Fn::GetAtt': ['B', 'Arn'] } } } },
  );
  expect([order, outputs]).toEqual([['D', 'C', 'B', 'A'], { It: 'arn-B' }]);
});

test.each<[unknown, unknown]>([
  [{ Ref: 'AWS::AccountId' }, '999988887777'],
  [{ Ref: 'B' }, 'ref-B'],
  [{ 'Fn::GetAtt': 'B.Arn' }, 'arn-B'],
  [{ 'Fn::Sub': 'a ${B} ${B.Arn} ${!B}' }, 'a ref-B arn-B ${B}'],
  [{ 'Fn::Sub': ['${x}-${AWS::Partition}', { x: { Ref: 'B' } }] }, 'ref-B-aws'],
  [{ 'Fn::Join': ['-', ['a', { Ref: 'B' }]] }, 'a-ref-B'],
  [{ 'Fn::Select': [1, { 'Fn::GetAZs': '' }] }, 'eu-west-1b'],
  [{ 'Fn::Split': [',', 'a,b'] }, ['a', 'b']],
  [{ 'Fn::If': ['Yes', 'a', 'b'] }, 'a'],
  [{ 'Fn::If': ['No', 'a', 'b'] }, 'b'],
  [{ 'Fn::If': ['No', 'a', { Ref: 'AWS::NoValue' }] }, undefined],
  [['a', { Ref: 'AWS::NoValue' }], ['a']],
])('%j resolves to %j', async (value, expected) => {
  const Conditions = {
    Yes: { 'Fn::Equals': ['', ''] },
    No: { 'Fn::Not': [{ Condition: 'Yes' }] },
  };
  const { made } = await deploy({ A: thing({ value }), B: thing() }, { Conditions });
  expect(made.A).toEqual(expected === undefined ? {} : { value: expected });
});

test('a resource whose condition is false is not created', async () => {
  const Conditions = { No: { 'Fn::Equals': ['a', 'b'] } };
  expect((await deploy({ A: thing({}, { Condition: 'No' }), B: thing() }, { Conditions })).order).toEqual([
    'B',
  ]);
});

test.each<[string, Record<string, object>]>([
  ['no creator for Your::Thing (A)', { A: { Type: 'Your::Thing' } }],
  ['the intrinsic function Fn::Cidr is not supported', { A: thing({ of: { 'Fn::Cidr': [] } }) }],
  ['B has no attribute Name', { A: thing({ of: { 'Fn::GetAtt': ['B', 'Name'] } }), B: thing() }],
  ['C does not exist', { A: thing({ of: { Ref: 'C' } }) }],
  ['a circular dependency: A → B → A', { A: thing({ of: { Ref: 'B' } }), B: thing({ of: { Ref: 'A' } }) }],
])('an unsupported template is refused with a message: %s', async (words, resources) => {
  await expect(deploy(resources)).rejects.toThrow(words);
});
