import { vi } from 'vitest';

/** The lines of JSON that a piece of work writes to where Lambda reads a function's log from. */
export async function linesWritten(work: () => unknown): Promise<Record<string, unknown>[]> {
  const written: string[] = [];
  const note = (text: unknown) => {
    written.push(String(text));
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation(note),
  );
  try {
    await work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return written
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
