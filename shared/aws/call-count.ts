import { AsyncLocalStorage } from 'node:async_hooks';

/** The calls of the current invocation. Several invocations can share a client: a warm function, or builds in one process. */
const current = new AsyncLocalStorage<{ calls: number }>();

/** Runs an invocation and counts its calls to AWS. */
export async function countCalls<Result>(
  work: () => Promise<Result>,
): Promise<{ result: Result; calls: number }> {
  const count = { calls: 0 };
  const result = await current.run(count, work);
  return { result, calls: count.calls };
}

/** Adds calls to the count of the current invocation. */
export function addCalls(calls: number): void {
  const count = current.getStore();
  if (count !== undefined) count.calls += calls;
}
