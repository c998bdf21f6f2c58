import { describe, expect, it } from 'vitest';
import {
  documentWith,
  FORMER_DOCUMENT_SECONDS,
  type PublishedSteps,
  sortFormerDocuments,
} from '../../shared/build/former-documents.ts';

const now = new Date('2026-11-22T03:00:00Z');
const ago = (seconds: number) => now.getTime() - seconds * 1000;
const published = (name: string, digest: string, more: Partial<PublishedSteps> = {}): PublishedSteps => ({
  name,
  digest,
  createdAt: ago(90 * 86_400),
  ...more,
});
const names = (documents: readonly PublishedSteps[]) => documents.map(({ name }) => name);

/** The names of the documents to mark, unmark and remove, when the deployment has the steps `a` and `b`. */
function sorted(documents: PublishedSteps[]) {
  const { mark, unmark, remove } = sortFormerDocuments(documents, new Set(['a', 'b']), now);
  return { mark: names(mark), unmark: names(unmark), remove: names(remove) };
}

const nothing = { mark: [], unmark: [], remove: [] };

describe('documents with steps', () => {
  it('do not change while the deployment has them', () => {
    expect(sorted([published('A', 'a'), published('B', 'b')])).toEqual(nothing);
    expect(sorted([])).toEqual(nothing);
  });

  it('are marked and stay when the deployment no longer has them', () => {
    expect(sorted([published('A', 'a'), published('old', 'x')])).toEqual({ ...nothing, mark: ['old'] });
    expect(sorted([published('old', 'x', { formerSince: ago(3600) })])).toEqual(nothing);
  });

  it('are removed when all builds that can need them have ended', () => {
    const since = (seconds: number) => published('old', 'x', { formerSince: ago(seconds) });
    expect(sorted([since(FORMER_DOCUMENT_SECONDS)])).toEqual(nothing);
    expect(sorted([since(FORMER_DOCUMENT_SECONDS + 1)])).toEqual({ ...nothing, remove: ['old'] });
  });

  it('are unmarked when the deployment has them again', () => {
    const again = published('A', 'a', { formerSince: ago(2 * FORMER_DOCUMENT_SECONDS) });
    expect(sorted([again])).toEqual({ ...nothing, unmark: ['A'] });
  });

  it('with the same content: the newer one is current, the older one is a former document', () => {
    const older = published('A1', 'a', { createdAt: ago(900) });
    const newer = published('A2', 'a', { createdAt: ago(300) });
    for (const documents of [
      [older, newer],
      [newer, older],
    ]) {
      expect(documentWith(documents, 'a')).toBe(newer);
      expect(sorted(documents)).toEqual({ ...nothing, mark: ['A1'] });
    }
    expect(documentWith([older], 'b')).toBeUndefined();
  });
});
