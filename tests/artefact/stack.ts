import { zonesOf } from 'embedded-aws';
import type { Resource, Template } from '../stack/packaged.ts';
import { evaluate, type Names, namesIn, resolve } from './intrinsics.ts';

/** What `Ref` and `Fn::GetAtt` give of a resource that was created. */
export interface Created {
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Creates a resource of one type; `id` is its logical id, and the properties are resolved. */
// biome-ignore lint/suspicious/noExplicitAny: properties are as many as CloudFormation has types.
export type Creator = (id: string, properties: any) => Created | Promise<Created>;

export interface Place {
  readonly account: string;
  readonly region: string;
}

/**
 * Deploys a template as CloudFormation does: each resource after those that it names, those whose condition does not hold not at all.
 * A type without a creator is an error by name. Returns the outputs.
 */
export async function deployTemplate(
  { Resources, Conditions = {}, Outputs }: Template,
  creators: Readonly<Record<string, Creator>>,
  { account, region }: Place,
): Promise<Record<string, unknown>> {
  const created = new Map<string, Created>();
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': account,
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::StackName': 'golden-image',
    'AWS::URLSuffix': 'amazonaws.com',
  };
  const made = (id: string): Created => {
    const one = created.get(id);
    if (one === undefined) throw new Error(`${id} is not there, or not yet`);
    return one;
  };
  const names: Names = {
    ref: (id) => pseudo[id] ?? made(id).ref,
    attribute: (id, name) => {
      const value = made(id).attributes?.[name];
      if (value === undefined) throw new Error(`${id} has no attribute ${name} here`);
      return value;
    },
    holds: (condition) => evaluate(Conditions[condition], names),
    zones: (given) => zonesOf(given === '' ? region : given),
  };
  const isWanted = ({ Condition }: Resource) => Condition === undefined || names.holds(Condition);

  const create = async (id: string, above: readonly string[]): Promise<void> => {
    const resource = Resources[id];
    if (created.has(id) || resource === undefined || !isWanted(resource)) return;
    if (above.includes(id)) throw new Error(`a circle: ${[...above, id].join(' → ')}`);
    const before = [...[resource.DependsOn ?? []].flat(), ...namesIn(resource.Properties)];
    for (const other of before) await create(other, [...above, id]);
    const creator = creators[resource.Type];
    if (creator === undefined) {
      throw new Error(`no creator for ${resource.Type} (${id}); add one to tests/artefact/creators.ts`);
    }
    created.set(id, await creator(id, resolve(resource.Properties ?? {}, names)));
  };
  for (const id of Object.keys(Resources)) await create(id, []);
  return Object.fromEntries(
    Object.entries(Outputs)
      .filter(([, output]) => isWanted(output as unknown as Resource))
      .map(([name, { Value }]) => [name, resolve(Value, names)]),
  );
}
