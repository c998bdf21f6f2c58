import { askIn, type ChannelCommand } from '../channels/ask.ts';
import type { AnswerOptions } from './options.ts';

/** Runs `golden approve` or `golden reject`. Returns the exit code. */
export const answerBuild = (command: ChannelCommand<AnswerOptions>, args: readonly string[]) =>
  askIn(
    {
      embedded: async () => (await import('./answer-embedded.ts')).answerEmbedded,
      deployed: async () => (await import('./answer-deployed.ts')).answerDeployed,
    },
    command,
    args,
  );
