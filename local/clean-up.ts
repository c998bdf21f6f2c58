import type { Execution } from 'embedded-aws';
import type { Cleanup, PendingCleanup } from '../shared/build/execution-document.ts';
import { HOME } from './home.ts';

/** The input of the clean-up machine: the fields from the rule for stopped executions, and other known fields of the build. */
export function cleanUpInput({ name, startTime }: Execution, known: object): object {
  return { executions: [{ ...known, execution: name, startTime }] };
}

/** The result of the clean-up machine for its only execution. The output of the machine contains the result only as text. */
export async function cleanupResult(machine: Execution): Promise<Cleanup> {
  let cleanup: Cleanup | PendingCleanup | undefined;
  machine.listen(({ type, state }) => {
    if (type !== 'StateExited' || state?.name !== 'CleanUp') return;
    const output = state.output as { cleanup?: typeof cleanup } | undefined;
    cleanup = output?.cleanup ?? cleanup;
  });
  const { status, error = '', cause = error } = await machine.result;
  if (cleanup?.status === 'ready') return cleanup;
  const reason = `the clean-up execution ended with ${status}: ${cause}`;
  const unknown = { region: HOME.region, kind: 'region' as const, id: HOME.region, reason };
  return { status: 'ready', removed: cleanup?.seen ?? [], remaining: [unknown] };
}
