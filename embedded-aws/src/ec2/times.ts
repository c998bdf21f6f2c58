/**
 * Most times of EC2 have no fractions of a second (`LaunchTime`, `AttachTime`, an image's `CreationDate`); that of a volume's creation has
 * (AWS CLI reference, describe-volumes, Examples), and, assumed alike, that of a snapshot's start.
 */
export const wholeSeconds = (ms: number): Date => new Date(Math.floor(ms / 1000) * 1000);

/** As `2026-11-20T03:00:00.000Z`. */
export const wholeSecondsText = (ms: number): string => wholeSeconds(ms).toISOString();
