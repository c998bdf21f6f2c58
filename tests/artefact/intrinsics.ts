/** The values that the intrinsic functions of a template need from the deployment. */
export interface Names {
  ref(id: string): unknown;
  attribute(id: string, name: string): unknown;
  /** Whether a condition of the template is true. */
  holds(condition: string): boolean;
  zones(region: string): string[];
}

/** The value of AWS::NoValue: the property is removed. */
const NOTHING = Symbol('AWS::NoValue');

/** Resolves the intrinsic functions in a part of a template. An unsupported function is an error that names the function. */
export function resolve(value: unknown, names: Names): unknown {
  const result = resolved(value, names);
  return result === NOTHING ? undefined : result;
}

function resolved(value: unknown, names: Names): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => resolved(item, names)).filter((item) => item !== NOTHING);
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [[name = '', argument] = []] = entries;
  if (entries.length === 1 && (name === 'Ref' || name.startsWith('Fn::'))) {
    const intrinsic = intrinsics[name];
    if (intrinsic === undefined) throw new Error(`the intrinsic function ${name} is not supported`);
    return intrinsic(argument as never, names);
  }
  return Object.fromEntries(
    entries.map(([key, item]) => [key, resolved(item, names)]).filter(([, item]) => item !== NOTHING),
  );
}

/** The logical ids that a part of a template names, pseudo parameters included. */
export function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    if (key === 'Ref') return [String(item)];
    if (key === 'Fn::GetAtt') return [(Array.isArray(item) ? item : String(item).split('.'))[0]];
    if (key !== 'Fn::Sub') return namesIn(item);
    const [text, own = {}] = Array.isArray(item) ? item : [item];
    const named = [...String(text).matchAll(/\$\{(?!!)([^}.]+)[^}]*\}/g)].map(([, name = '']) => name);
    return [...named, ...namesIn(own)];
  });
}

/** Evaluates the condition functions. */
export function evaluate(condition: unknown, names: Names): boolean {
  const [[name = '', argument] = []] = Object.entries(condition as object);
  const parts = () => argument as unknown[];
  switch (name) {
    case 'Fn::Equals': {
      const [one, other] = parts().map((part) => resolve(part, names));
      return one === other;
    }
    case 'Fn::Not':
      return !evaluate(parts()[0], names);
    case 'Fn::And':
      return parts().every((part) => evaluate(part, names));
    case 'Fn::Or':
      return parts().some((part) => evaluate(part, names));
    case 'Condition':
      return names.holds(String(argument));
  }
  throw new Error(`the condition function ${name} is not supported`);
}

const intrinsics: Readonly<Record<string, (argument: never, names: Names) => unknown>> = {
  Ref: (id: string, names) => (id === 'AWS::NoValue' ? NOTHING : names.ref(id)),
  'Fn::GetAtt': (target: string | [string, string], names) => {
    const [id = '', ...attribute] = typeof target === 'string' ? target.split('.') : target;
    return names.attribute(id, attribute.join('.'));
  },
  'Fn::Sub': (given: string | [string, Record<string, unknown>], names) => {
    const [text, own] = typeof given === 'string' ? [given, {} as Record<string, unknown>] : given;
    return text.replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal !== '') return `\${${name}}`;
      if (name in own) return String(resolved(own[name], names));
      const [id = '', ...attribute] = name.split('.');
      return String(attribute.length === 0 ? names.ref(id) : names.attribute(id, attribute.join('.')));
    });
  },
  'Fn::Join': ([between, parts]: [string, unknown], names) =>
    (resolved(parts, names) as unknown[]).join(between),
  'Fn::Select': ([index, list]: [number, unknown], names) => (resolved(list, names) as unknown[])[index],
  'Fn::Split': ([between, text]: [string, unknown], names) => String(resolved(text, names)).split(between),
  'Fn::GetAZs': (region: unknown, names) => names.zones(String(resolved(region, names))),
  'Fn::If': ([condition, yes, no]: [string, unknown, unknown], names) =>
    resolved(names.holds(condition) ? yes : no, names),
};
