import { isDeeperThan, jsonLevelsMax } from '../core/nesting.ts';
import { isObject } from './pattern-error.ts';

/** What a placeholder of an input template stands for; `undefined`: nothing was found. */
export type Variables = Readonly<Record<string, unknown>>;

const placeholder = /<([A-Za-z0-9_.-]+)>/g;

export const predefined: readonly string[] = [
  'aws.events.rule-arn',
  'aws.events.rule-name',
  'aws.events.event.ingestion-time',
  'aws.events.event',
  'aws.events.event.json',
];
/** Those that are JSON, and only let into a template that is a JSON object. */
export const predefinedJson: readonly string[] = ['aws.events.event', 'aws.events.event.json'];

export const placeholdersIn = (template: string): string[] =>
  [...template.matchAll(placeholder)].map(([, name = '']) => name);

export const isJsonTemplate = (template: string): boolean => template.trimStart().startsWith('{');

/**
 * A template with its placeholders filled in; `undefined` when that gives no JSON where JSON is wanted. As AWS does it (recorded in
 * localstack/localstack, test_events_inputs): texts stand between quotation marks, which are added where they are missing, and are not
 * escaped; what is not found is an empty text; an object or array between quotation marks loses its own in a text, and spoils a JSON
 * template.
 */
export function fill(template: string, variables: Variables): string | undefined {
  const isJson = isJsonTemplate(template);
  let result = '';
  let end = 0;
  for (const match of template.matchAll(placeholder)) {
    const [whole, name = ''] = match;
    result += template.slice(end, match.index);
    end = match.index + whole.length;
    const value = variables[name] ?? '';
    const isStructure = Array.isArray(value) || isObject(value);
    if (!isInText(template, match.index)) {
      result += typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
    } else if (!isStructure) {
      result += String(value);
    } else if (isJson) {
      return undefined;
    } else {
      result += JSON.stringify(value).replaceAll('"', '');
    }
  }
  const filled = result + template.slice(end);
  return isJson && !isValidJson(filled) ? undefined : filled;
}

/** Whether a place in a template is between quotation marks. */
function isInText(template: string, place: number): boolean {
  let isText = false;
  for (let index = 0; index < place; index++) {
    const character = template.charAt(index);
    if (character === '\\') index++;
    else if (character === '"') isText = !isText;
  }
  return isText;
}

export function isValidJson(text: string): boolean {
  try {
    return !isDeeperThan(JSON.parse(text), jsonLevelsMax);
  } catch {
    return false;
  }
}
