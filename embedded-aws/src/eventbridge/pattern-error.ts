/**
 * Why a text is not a valid event pattern, in the words of event-ruler. The message is empty where AWS shows a
 * message of its JSON parser.
 */
export class PatternError extends Error {
  override name = 'PatternError';
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
