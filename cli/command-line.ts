import { parseArgs } from 'node:util';
import { nearest } from '../shared/recipe/nearest.ts';
import type { Problem } from '../shared/recipe/problem.ts';

/** The options of a command: their names without the hyphens. */
export interface CommandForm {
  readonly command: string;
  /** The npm scripts that run the command. */
  readonly scripts?: readonly string[];
  /** Options with a value, and the placeholder of the value in the help: `{ state: 'FILE' }`. */
  readonly values: Readonly<Record<string, string>>;
  /** Options without a value. */
  readonly flags: readonly string[];
}

/** The arguments of a command, and the problems found so far. */
export interface CommandLine {
  readonly positionals: readonly string[];
  readonly problems: Problem[];
  /** Whether there is an unknown option. Then one of the positionals may be the value of this option. */
  readonly hasUnknownOption: boolean;
  /** Adds a problem. */
  wrong(field: string, found: string, allowed: string, fix: string): void;
  /** The value of an option; undefined if the option is missing. */
  text(option: string): string | undefined;
  flag(option: string): boolean;
}

/** Reads the arguments of a command. An option that is unknown, given twice or read by npm is a problem. */
export function readCommandLine(args: readonly string[], form: CommandForm): CommandLine {
  const { command, scripts = [], flags } = form;
  const withValue = Object.keys(form.values);
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
  // `npm run bake debian12 --speed max`: npm reads the options before a `--` and passes them on only in the environment.
  const readByNpm = known.filter((name) => process.env[`npm_config_${name}`] !== undefined);
  const script = scripts.find((one) => one === process.env.npm_lifecycle_event);
  if (readByNpm.length > 0 && script !== undefined) {
    const options = readByNpm.map((name) => `--${name}`).join(' and ');
    const fix = `put all options after --: npm run ${script} -- …`;
    wrong(options, 'an option that npm read as its own', 'options after --', fix);
    // npm changed the rest of the line, so the line is not checked.
    return {
      positionals: [],
      problems,
      hasUnknownOption: false,
      wrong,
      text: () => undefined,
      flag: (name) => values[name] === true,
    };
  }
  const given = tokens.filter((token) => token.kind === 'option');
  for (const [index, token] of given.entries()) {
    if (given.findIndex(({ name }) => name === token.name) < index) {
      wrong(token.rawName, 'the same option twice', 'each option once', `remove one ${token.rawName}`);
    } else if (flags.includes(token.name) && token.value !== undefined) {
      const found = `the value ${JSON.stringify(token.value)}`;
      wrong(token.rawName, found, 'no value', `write --${token.name} without a value`);
    } else if (!known.includes(token.name)) {
      const meant = nearest(token.name, known);
      const fix = meant === undefined ? `see golden ${command} --help` : `did you mean --${meant}?`;
      wrong(token.rawName, 'an unknown option', known.map((name) => `--${name}`).join(', '), fix);
    }
  }
  const text = (name: string): string | undefined => {
    const value = values[name];
    if (typeof value === 'string' || value === undefined) return value;
    wrong(`--${name}`, 'no value', `a value after --${name}`, `write --${name} ${form.values[name]}`);
    return undefined;
  };
  return {
    positionals,
    problems,
    hasUnknownOption: given.some(({ name }) => !known.includes(name)),
    wrong,
    text,
    flag: (name) => values[name] !== undefined,
  };
}
