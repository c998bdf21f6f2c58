/**
 * Most EC2 times are whole seconds (`LaunchTime`, `AttachTime`, an image's `CreationDate`). The creation time
 * of a volume includes milliseconds (AWS CLI reference, describe-volumes, Examples). The start time of a
 * snapshot also includes milliseconds (assumed).
 */
export const wholeSeconds = (ms: number): Date => new Date(Math.floor(ms / 1000) * 1000);

/** In the form `2026-11-20T03:00:00.000Z`. */
export const wholeSecondsText = (ms: number): string => wholeSeconds(ms).toISOString();
