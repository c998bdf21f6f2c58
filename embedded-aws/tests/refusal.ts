/** The code, text and HTTP status of AWS's refusal. Any error that is not a client's exception is thrown again. */
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

/** Whether an error is an exception of an SDK client. */
const isServiceException = (
  error: unknown,
): error is Error & { $fault: string; $metadata: { httpStatusCode?: number } } =>
  error instanceof Error && '$fault' in error && '$metadata' in error;
