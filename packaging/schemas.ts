/**
 * Makes the schema modules of the AWS SDK (`dist-es/schemas/schemas_0.js` of each client) smaller while esbuild bundles a function.
 * Each change is an edit of the generated text. tests/packaging/schemas.test.ts loads the modules before and after and compares them.
 */

/**
 * Replaces a key that is computed from a constant with the constant's value: `{ [_xN]: … }` becomes `{ "xmlName": … }`. A computed
 * key may call code, so esbuild keeps every schema that has one. For EC2 that is all 0.55 MB of them.
 */
export function foldKeys(source: string): string {
  const literals = constantsOf(source);
  return source.replaceAll(/\[(_\w+)\](?=:)/g, (key, name) => {
    const value = literals.get(name);
    return value === undefined ? key : JSON.stringify(value);
  });
}

/**
 * Removes each `ec2QueryName` that the serializer derives by itself. Without the name it takes the `xmlName` with a capital first
 * letter (QueryShapeSerializer.getKey in @aws-sdk/core). For all but 3 of the 6028 members in EC2's schemas this is the same name.
 * Expects folded keys.
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
 * Removes the members of answers that no code reads: those whose name is not among `names`. Code that reads a member has to name it,
 * because the SDK types its answers; only code that goes through all members of an answer does not (docs/decisions/0010-bundles.md).
 * The client ignores what AWS sends for a removed member, as it ignores members newer than itself.
 *
 * Only structures that appear in answers alone are changed. A structure that is part of a request stays whole, so that no request
 * loses anything and an answer can be sent back as it is. Errors stay whole too.
 */
export function dropUnreadMembers(source: string, names: ReadonlySet<string>): string {
  const literals = constantsOf(source);
  const schemas = new Map(
    Array.from(source.matchAll(SCHEMA), ([, name = '', definition = '']) => [name, definition]),
  );
  const kept = keptWhole(schemas);
  return source.replaceAll(SCHEMA, (statement, name: string, definition: string) => {
    const [, head = '', memberList = '', typeList = '', requiredCount = '0'] =
      STRUCTURE.exec(definition) ?? [];
    const members = splitList(memberList);
    const types = splitList(typeList);
    if (head === '' || kept.has(name) || members.length !== types.length) return statement;
    const isRead = members.map((member) => names.has(literals.get(member) ?? member));
    const pick = (list: string[]) => list.filter((_, index) => isRead[index]).join(', ');
    // The required members come first, and a structure says how many they are.
    const required = isRead.slice(0, Number(requiredCount)).filter(Boolean).length;
    const smaller = `${head}[${pick(members)}], [${pick(types)}]${required > 0 ? `, ${required}` : ''}]`;
    return statement.replace(definition, () => smaller);
  });
}

/** `[3, namespace, name, traits, [members], [types], count of required members]` is a structure. */
const STRUCTURE = /^(\[3, n\d+, \w+,\s*[^[\]]*,\s*)\[([^[\]]*)\],\s*\[(.*)\](?:, (\d+))?\s*\]$/s;
const SCHEMA = /^(?:export )?var (\w+\$?) = (\[.*?\]);$/gms;
/** `[9, namespace, name, traits, () => input, () => output]` is an operation. */
const OPERATION_INPUT = /^\[9, .*\(\) => (\w+\$?), \(\) => \w+\$?\s*\]$/s;
const ERROR = /^\[-3, /;

/** The names of the schemas that requests and errors consist of. */
function keptWhole(schemas: ReadonlyMap<string, string>): Set<string> {
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

/** The items of a list at its top level. The generated lists have no brackets or commas inside texts. */
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
 * Removes the registrations of the errors that a service models, and so their classes, which nothing else refers to. An error
 * that is not registered becomes the service's base exception with the name, message and members that AWS sent. All errors of EC2,
 * which models none, already work this way. What is lost is `instanceof`; the pipeline compares names (shared/aws/error-codes.ts).
 * The errors that the SDK retries because of their class stay.
 */
export function forgetErrors(source: string, errorClasses: string): string {
  const retried = new Set(
    Array.from(errorClasses.matchAll(/class (\w+) extends \w+ \{[^(]*\$retryable/g), ([, name]) => name),
  );
  return source.replaceAll(/^n\d+_registry\.registerError\(\S+ (\w+)\);$/gm, (registration, name) =>
    retried.has(name) ? registration : '',
  );
}

/** The constants of a module whose value is a plain text. */
const constantsOf = (source: string): Map<string, string> =>
  new Map(
    Array.from(source.matchAll(/^const (_\w+) = "([^"\\]*)";$/gm), ([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
