/** A document with the steps of a recipe, as it stands in SSM. */
export interface PublishedSteps {
  readonly name: string;
  /** The digest of its content. */
  readonly digest: string;
  /** When it was created (ms). */
  readonly createdAt: number;
  /** When it was first found to be no document of the deployment (ms). */
  readonly formerSince?: number;
}

/**
 * How long a former document is kept: as long as an execution may run (`TimeoutSeconds` of statemachines/bake.yml), and a day more. A
 * build that planned with the document began before it was replaced, so it is over by then. tests/architecture.test.ts compares the
 * numbers.
 */
export const FORMER_DOCUMENT_SECONDS = 6 * 86_400;

/**
 * The document with this content. There are two if a recipe was changed and changed back: the deployment owns the newer one, and the
 * other one may be removed.
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
  /** Not of the deployment any more, since now. */
  readonly mark: readonly PublishedSteps[];
  /** Of the deployment again, as after a deployment that was rolled back. */
  readonly unmark: readonly PublishedSteps[];
  /** No build can need them. */
  readonly remove: readonly PublishedSteps[];
}

/** What becomes of the documents, given the digests of the steps that the deployment has. */
export function sortFormerDocuments(
  documents: readonly PublishedSteps[],
  digests: ReadonlySet<string>,
  now: Date,
): FormerDocuments {
  const current = new Set([...digests].map((digest) => documentWith(documents, digest)?.name));
  const former = documents.filter(({ name }) => !current.has(name));
  const isOver = ({ formerSince = Number.POSITIVE_INFINITY }: PublishedSteps) =>
    now.getTime() - formerSince > FORMER_DOCUMENT_SECONDS * 1000;
  return {
    mark: former.filter(({ formerSince }) => formerSince === undefined),
    unmark: documents.filter(({ name, formerSince }) => current.has(name) && formerSince !== undefined),
    remove: former.filter(isOver),
  };
}
