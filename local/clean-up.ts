import type { Execution } from 'embedded-aws';
import type { Cleanup, PendingCleanup } from '../shared/build/execution-document.ts';
import { HOME } from './home.ts';

/** What the clean-up machine is started with: what the rule on stopped executions tells it, and what else is known of the build. */
export function cleanUpInput({ name, startTime }: Execution, known: object): object {
  return { executions: [{ ...known, execution: name, startTime }] };
}

/** What the clean-up machine did for the one execution that it was given. The machine's own output says it in words only. */
export async function cleanupBy(machine: Execution): Promise<Cleanup> {
  let cleanup: Cleanup | PendingCleanup | undefined;
  machine.listen(({ type, state }) => {
    if (type !== 'StateExited' || state?.name !== 'CleanUp') return;
    const told = state.output as { cleanup?: typeof cleanup } | undefined;
    cleanup = told?.cleanup ?? cleanup;
  });
  const { status, error = '', cause = error } = await machine.result;
  if (cleanup?.status === 'ready') return cleanup;
  const reason = `clean-up ended ${status}: ${cause}`;
  const everything = { region: HOME.region, kind: 'region' as const, id: HOME.region, reason };
  return { status: 'ready', removed: cleanup?.seen ?? [], remaining: [everything] };
}
