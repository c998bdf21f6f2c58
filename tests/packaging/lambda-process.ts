/**
 * Runs a function like Lambda: imports the module in the first argument and calls its handler with each event that it receives. Node runs
 * this file directly, without the test runner.
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
