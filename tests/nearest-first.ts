import { relative, resolve } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What a file and its test have in common: `shared/build/plan.ts` and `tests/build/plan.test.ts` are both `build/plan`. */
const subjectOf = (path: string): string =>
  path.replace(/^shared\/|^tests\/|(?<=^embedded-aws\/)(src|tests)\//, '').replace(/(\.test)?\.\w+$/, '');
const folderOf = (subject: string): string => subject.slice(0, subject.lastIndexOf('/') + 1);

/**
 * The order of a run with --changed: the tests of the changed files, then the other tests of their folders, then all tests that depend on
 * them. So a developer sees the answer that counts most within seconds. Without --changed, the order is Vitest's.
 */
export function nearness(test: string, changed: readonly string[]): number {
  const subject = subjectOf(test);
  const subjects = changed.map(subjectOf);
  if (subjects.includes(subject)) return 0;
  return subjects.some((one) => folderOf(one) === folderOf(subject)) ? 1 : 2;
}

export default class NearestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root, related = [] } = this.ctx.config;
    const inProject = (path: string) => relative(root, resolve(root, path)).replaceAll('\\', '/');
    const changed = related.map(inProject);
    const sorted = await super.sort(files);
    return sorted.toSorted(
      (one, other) =>
        nearness(inProject(one.moduleId), changed) - nearness(inProject(other.moduleId), changed),
    );
  }
}
