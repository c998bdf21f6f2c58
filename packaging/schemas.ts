/**
 * What bundling does to the modules of schemas in the AWS SDK (`dist-es/schemas/schemas_0.js` of each client), so that a function
 * carries only the schemas of the operations it calls. tests/packaging/schemas.test.ts holds that both mean the same as before.
 */

/**
 * Puts literals where a key is computed from a constant: `{ [_xN]: … }` becomes `{ "xmlName": … }`. A computed key may call code, so
 * esbuild keeps every schema that has one, which for EC2 is all 0.55 MB of them.
 */
export function foldKeys(source: string): string {
  const literals = new Map(
    Array.from(source.matchAll(/^const (_\w+) = ("[^"\\]*");$/gm), ([, name = '', literal]) => [
      name,
      literal,
    ]),
  );
  return source.replaceAll(/\[(_\w+)\](?=:)/g, (key, name) => literals.get(name) ?? key);
}

/**
 * Takes out the registrations of the errors that a service models, and so their classes, which nothing else refers to. An error
 * that is not registered becomes the service's base exception, with the name, the message and the members that AWS sent: as all
 * errors of EC2 do, which models none. What is lost is `instanceof`; the pipeline goes by names alone (shared/aws/error-codes.ts).
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
