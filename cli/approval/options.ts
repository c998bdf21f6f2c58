import type { Problem } from '../../shared/recipe/problem.ts';
import { type PlacedOptions, readPlaced } from '../channels/options.ts';

/** The options of `golden approve` and `golden reject`. */
export interface AnswerOptions extends PlacedOptions {
  readonly request: {
    readonly action: 'approve' | 'reject';
    /** Systems Manager accepts 512 characters. */
    readonly comment?: string;
  };
}

const COMMENT_MAX = 512;

export const ANSWERED_HELP = `\
Arguments:
  recipe            name of the recipe whose newest build waits; or the name or ARN of the build's execution
`;

/** Reads the arguments of `golden approve` (with --comment) and `golden reject` (with --reason). */
export function readAnswerOptions(
  action: 'approve' | 'reject',
  args: readonly string[],
): { options: AnswerOptions; problems: Problem[] } {
  const option = action === 'approve' ? 'comment' : 'reason';
  const { line, placed } = readPlaced(action, args, { [option]: 'TEXT' });
  const comment = line.text(option)?.trim();
  const fix = `say in one line why, as in --${option} "nginx is too old"`;
  if (action === 'reject' && comment === undefined) line.wrong('--reason', 'no reason', 'a reason', fix);
  if (comment === '') line.wrong(`--${option}`, 'an empty text', `1 to ${COMMENT_MAX} characters`, fix);
  if (comment !== undefined && comment.length > COMMENT_MAX)
    line.wrong(`--${option}`, `${comment.length} characters`, `1 to ${COMMENT_MAX} characters`, 'shorten it');
  const request = { action, ...(comment !== undefined && { comment }) };
  return { options: { ...placed, request }, problems: line.problems };
}

const ARN = /^arn:aws:states:[a-z0-9-]+:[0-9]{12}:execution:golden-image-bake:(.+)$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The name of the execution that an argument names; `undefined`: it names a recipe. */
export const executionIn = (argument: string): string | undefined =>
  ARN.exec(argument)?.[1] ?? (UUID.test(argument) ? argument : undefined);
