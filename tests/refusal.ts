/** What AWS refused: the exception's code, its text and the HTTP status. What is no exception of a client is thrown on. */
export async function refusal(
  work: Promise<unknown>,
): Promise<{ code: string; message: string; status: number | undefined }> {
  try {
    await work;
  } catch (error) {
    if (!isServiceException(error)) throw error;
    return { code: error.name, message: error.message, status: error.$metadata.httpStatusCode };
  }
  throw new Error('it was not refused');
}

/** As all clients' exceptions are. */
const isServiceException = (
  error: unknown,
): error is Error & { $fault: string; $metadata: { httpStatusCode?: number } } =>
  error instanceof Error && '$fault' in error && '$metadata' in error;
