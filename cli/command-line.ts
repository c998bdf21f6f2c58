import { parseArgs } from 'node:util';
import { nearest } from '../shared/recipe/nearest.ts';
import type { Problem } from '../shared/recipe/problem.ts';

/** What a command takes: the names of its options, without the hyphens. */
export interface CommandForm {
  readonly command: string;
  /** The npm scripts that run the command. */
  readonly scripts?: readonly string[];
  /** Options with a value. */
  readonly values: readonly string[];
  /** Options without one. */
  readonly flags: readonly string[];
}

/** The arguments of a command, and what is wrong with them so far. */
export interface CommandLine {
  readonly positionals: readonly string[];
  readonly problems: Problem[];
  /** Adds a problem. */
  wrong(field: string, found: string, allowed: string, fix: string): void;
  /** The value of an option; undefined if it is not given. */
  text(option: string): string | undefined;
  flag(option: string): boolean;
}

/** Reads arguments by the form of their command. Options that are unknown, given twice or taken by npm are problems. */
export function readCommandLine(args: readonly string[], form: CommandForm): CommandLine {
  const { command, scripts = [], values: withValue, flags } = form;
  const known = [...withValue, ...flags];
  const problems: Problem[] = [];
  const wrong: CommandLine['wrong'] = (field, found, allowed, fix) =>
    problems.push({ file: 'the command line', line: 0, column: 0, field, found, allowed, fix });
  const { tokens, values, positionals } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries([
      ...withValue.map((name) => [name, { type: 'string' }] as const),
      ...flags.map((name) => [name, { type: 'boolean' }] as const),
    ]),
  });
  // `npm run bake debian12 --speed max`: npm keeps what comes before a `--` for itself, and hands it on in the environment only.
  const taken = known.filter((name) => process.env[`npm_config_${name}`] !== undefined);
  const script = scripts.find((one) => one === process.env.npm_lifecycle_event);
  if (taken.length > 0 && script !== undefined) {
    const options = taken.map((name) => `--${name}`).join(' and ');
    const fix = `write npm run ${script} -- and then all of them`;
    wrong(options, 'taken by npm for an option of its own', 'options after --', fix);
    // The rest of the line is not what was typed.
    return { positionals: [], problems, wrong, text: () => undefined, flag: (name) => values[name] === true };
  }
  const given = tokens.filter((token) => token.kind === 'option');
  for (const [index, token] of given.entries()) {
    if (given.findIndex(({ name }) => name === token.name) < index) {
      wrong(token.rawName, 'the same option again', 'each option once', 'leave one of them out');
    } else if (flags.includes(token.name) && token.value !== undefined) {
      const found = `the value ${JSON.stringify(token.value)}`;
      wrong(token.rawName, found, 'no value', `write --${token.name}, or leave it out`);
    } else if (!known.includes(token.name)) {
      const meant = nearest(token.name, known);
      const fix = meant === undefined ? `see golden ${command} --help` : `did you mean --${meant}?`;
      wrong(token.rawName, 'an unknown option', known.map((name) => `--${name}`).join(', '), fix);
    }
  }
  const text = (name: string): string | undefined => {
    const value = values[name];
    if (typeof value === 'string' || value === undefined) return value;
    wrong(`--${name}`, 'no value', 'a value after it', `write --${name} VALUE`);
    return undefined;
  };
  return { positionals, problems, wrong, text, flag: (name) => values[name] !== undefined };
}
