/**
 * Reduces the size of the AWS SDK's schema modules (`dist-es/schemas/schemas_0.js` of each client) while esbuild bundles a function. Each
 * function edits the generated source. tests/packaging/schemas.test.ts compares the modules before and after the edits.
 */

/**
 * Replaces a computed key with the value of its constant: `{ [_xN]: … }` becomes `{ "xmlName": … }`. A computed key can call code, so
 * esbuild keeps every schema with a computed key. For EC2, these are all schemas: 0.55 MB.
 */
export function foldKeys(source: string): string {
  const literals = constantsOf(source);
  return source.replaceAll(/\[(_\w+)\](?=:)/g, (key, name) => {
    const value = literals.get(name);
    return value === undefined ? key : JSON.stringify(value);
  });
}

/**
 * Removes each `ec2QueryName` that the serializer can derive. Without an `ec2QueryName`, the serializer uses the `xmlName` with an
 * upper-case first letter (QueryShapeSerializer.getKey in @aws-sdk/core). For all but 3 of the 6028 members in EC2's schemas, the result is
 * the same name. The source must have folded keys.
 */
export function dropDerivedNames(source: string): string {
  const literals = constantsOf(source);
  return source.replaceAll(
    /"ec2QueryName": `(\w+)`,\s*"xmlName": (_\w+)/g,
    (both, queryName: string, constant: string) => {
      const xmlName = literals.get(constant) ?? '';
      const derived = xmlName.slice(0, 1).toUpperCase() + xmlName.slice(1);
      return derived === queryName ? `"xmlName": ${constant}` : both;
    },
  );
}

/**
 * Removes the response members that no code reads: the members whose names are not in `names`. Code that reads a member contains the name
 * of the member, because the SDK's responses are typed. The exception is code that iterates over all members of a response
 * (docs/decisions/0010-bundles.md). The client ignores the removed members in a response, like members that are newer than the client.
 *
 * Only structures that appear in responses and not in requests are changed. So requests stay complete, and code can send a part of a
 * response back in a request. Errors are not changed.
 */
export function dropUnreadMembers(source: string, names: ReadonlySet<string>): string {
  const literals = constantsOf(source);
  const schemas = new Map(
    Array.from(source.matchAll(SCHEMA), ([, name = '', definition = '']) => [name, definition]),
  );
  const kept = neededSchemas(schemas);
  return source.replaceAll(SCHEMA, (statement, name: string, definition: string) => {
    const [, head = '', memberList = '', typeList = '', requiredCount = '0'] =
      STRUCTURE.exec(definition) ?? [];
    const members = splitList(memberList);
    const types = splitList(typeList);
    if (head === '' || kept.has(name) || members.length !== types.length) return statement;
    const isRead = members.map((member) => names.has(literals.get(member) ?? member));
    const pick = (list: string[]) => list.filter((_, index) => isRead[index]).join(', ');
    // A structure lists its required members first, and contains their number.
    const required = isRead.slice(0, Number(requiredCount)).filter(Boolean).length;
    const smaller = `${head}[${pick(members)}], [${pick(types)}]${required > 0 ? `, ${required}` : ''}]`;
    return statement.replace(definition, () => smaller);
  });
}

/** A structure: `[3, namespace, name, traits, [members], [types], number of required members]`. */
const STRUCTURE = /^(\[3, n\d+, \w+,\s*[^[\]]*,\s*)\[([^[\]]*)\],\s*\[(.*)\](?:, (\d+))?\s*\]$/s;
const SCHEMA = /^(?:export )?var (\w+\$?) = (\[.*?\]);$/gms;
/** An operation: `[9, namespace, name, traits, () => input, () => output]`. */
const OPERATION_INPUT = /^\[9, .*\(\) => (\w+\$?), \(\) => \w+\$?\s*\]$/s;
const ERROR = /^\[-3, /;

/** The names of all schemas in requests and errors. */
function neededSchemas(schemas: ReadonlyMap<string, string>): Set<string> {
  const next = [...schemas].flatMap(([name, definition]) => {
    if (ERROR.test(definition)) return [name];
    const [, input] = OPERATION_INPUT.exec(definition) ?? [];
    return input === undefined ? [] : [input];
  });
  const kept = new Set<string>();
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    const definition = schemas.get(name);
    if (kept.has(name) || definition === undefined) continue;
    kept.add(name);
    next.push(...(definition.match(/\b[A-Za-z]\w*\$?/g) ?? []));
  }
  return kept;
}

/** The top-level items of a list. Strings in the generated lists contain no brackets or commas. */
function splitList(list: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at <= list.length; at++) {
    const character = list[at] ?? ',';
    if ('[{('.includes(character)) depth++;
    else if (']})'.includes(character)) depth--;
    else if (character === ',' && depth === 0) {
      items.push(list.slice(from, at).trim());
      from = at + 1;
    }
  }
  return items.filter((item) => item !== '');
}

/**
 * Removes the registration of a service's modelled errors. Then esbuild removes their classes, because nothing else uses the classes. An
 * error without registration becomes the base exception of the service, with the name, message and members that AWS sent. All errors of EC2
 * already work this way, because EC2 models no errors. `instanceof` no longer works; the pipeline compares names
 * (shared/aws/error-codes.ts). The error classes that the SDK uses to decide about retries are kept.
 */
export function removeErrorClasses(source: string, errorClasses: string): string {
  const retried = new Set(
    Array.from(errorClasses.matchAll(/class (\w+) extends \w+ \{[^(]*\$retryable/g), ([, name]) => name),
  );
  return source.replaceAll(/^n\d+_registry\.registerError\(\S+ (\w+)\);$/gm, (registration, name) =>
    retried.has(name) ? registration : '',
  );
}

/** The string constants of a module. */
const constantsOf = (source: string): Map<string, string> =>
  new Map(
    Array.from(source.matchAll(/^const (_\w+) = "([^"\\]*)";$/gm), ([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
