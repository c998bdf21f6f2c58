/** An SSM document with the steps of a recipe. */
export interface PublishedSteps {
  readonly name: string;
  /** The digest of its content. */
  readonly digest: string;
  /** When it was created (milliseconds since 1970). */
  readonly createdAt: number;
  /** When the janitor first found that the deployment no longer has it (milliseconds since 1970). */
  readonly formerSince?: number;
}

/**
 * How long a former document is kept: the timeout of an execution (`TimeoutSeconds` in statemachines/bake.yml) and one more day. A build
 * that planned with the document began before the document was replaced, so the build has ended by then. tests/architecture.test.ts
 * compares the numbers.
 */
export const FORMER_DOCUMENT_SECONDS = 13 * 86_400;

/**
 * The document with this content. Two documents have the same content if a recipe was changed and changed back: the newer document belongs
 * to the deployment, and the older document may be removed.
 */
export function documentWith(
  documents: readonly PublishedSteps[],
  digest: string,
): PublishedSteps | undefined {
  return documents
    .filter((one) => one.digest === digest)
    .reduce<PublishedSteps | undefined>(
      (newest, one) => (newest === undefined || one.createdAt > newest.createdAt ? one : newest),
      undefined,
    );
}

export interface FormerDocuments {
  /** Documents that the deployment no longer has and that are not marked yet. */
  readonly mark: readonly PublishedSteps[];
  /** Documents that belong to the deployment again, for example after a rollback. */
  readonly unmark: readonly PublishedSteps[];
  /** Former documents that no build can need. */
  readonly remove: readonly PublishedSteps[];
}

/** Decides which documents to mark, unmark and remove. `digests`: of the steps that the deployment has. */
export function sortFormerDocuments(
  documents: readonly PublishedSteps[],
  digests: ReadonlySet<string>,
  now: Date,
): FormerDocuments {
  const current = new Set([...digests].map((digest) => documentWith(documents, digest)?.name));
  const former = documents.filter(({ name }) => !current.has(name));
  const isExpired = ({ formerSince = Number.POSITIVE_INFINITY }: PublishedSteps) =>
    now.getTime() - formerSince > FORMER_DOCUMENT_SECONDS * 1000;
  return {
    mark: former.filter(({ formerSince }) => formerSince === undefined),
    unmark: documents.filter(({ name, formerSince }) => current.has(name) && formerSince !== undefined),
    remove: former.filter(isExpired),
  };
}
