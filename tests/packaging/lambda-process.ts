/**
 * A process as Lambda starts one: imports the module that it is given and calls its handler with each event it is sent. Run by
 * Node directly, not by the test runner.
 */
import { pathToFileURL } from 'node:url';

const { handler } = await import(pathToFileURL(process.argv[2] ?? '').href);
process.on('message', async (event) => {
  try {
    process.send?.({ answer: await handler(event, {}) });
  } catch (error) {
    const { name, message } = error as Error;
    process.send?.({ error: { name, message } });
  }
});
