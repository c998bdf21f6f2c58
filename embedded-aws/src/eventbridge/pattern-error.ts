/** Why a text is no event pattern, in the words of event-ruler; without any where its parser of JSON would have the word. */
export class PatternError extends Error {
  override name = 'PatternError';
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
