import { zonesOf } from 'embedded-aws';
import type { Resource, Template } from '../stack/packaged.ts';
import { evaluate, type Names, namesIn, resolve } from './intrinsics.ts';

/** The values of `Ref` and `Fn::GetAtt` for a created resource. */
export interface Created {
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Creates a resource of one type. `id` is the logical id. The properties are resolved. */
// biome-ignore lint/suspicious/noExplicitAny: each type of CloudFormation has its own properties.
export type Creator = (id: string, properties: any) => Created | Promise<Created>;

export interface Place {
  readonly account: string;
  readonly region: string;
}

/**
 * Deploys a template as CloudFormation does: each resource after the resources that it names, and no resource whose condition is false.
 * A type without a creator is an error that names the type. Returns the outputs.
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
    if (one === undefined) throw new Error(`${id} does not exist, or is not created yet`);
    return one;
  };
  const names: Names = {
    ref: (id) => pseudo[id] ?? made(id).ref,
    attribute: (id, name) => {
      const value = made(id).attributes?.[name];
      if (value === undefined) throw new Error(`${id} has no attribute ${name}`);
      return value;
    },
    holds: (condition) => evaluate(Conditions[condition], names),
    zones: (given) => zonesOf(given === '' ? region : given),
  };
  const isWanted = ({ Condition }: Resource) => Condition === undefined || names.holds(Condition);

  const create = async (id: string, above: readonly string[]): Promise<void> => {
    const resource = Resources[id];
    if (created.has(id) || resource === undefined || !isWanted(resource)) return;
    if (above.includes(id)) throw new Error(`a circular dependency: ${[...above, id].join(' → ')}`);
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
