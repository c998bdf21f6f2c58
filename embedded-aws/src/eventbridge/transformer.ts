import { isValidJson } from '../core/nesting.ts';
import { isObject } from './pattern-error.ts';

/** Values for the placeholders of an input template; `undefined`: no value was found. */
export type Variables = Readonly<Record<string, unknown>>;

const placeholder = /<([A-Za-z0-9_.-]+)>/g;

export const predefined: readonly string[] = [
  'aws.events.rule-arn',
  'aws.events.rule-name',
  'aws.events.event.ingestion-time',
  'aws.events.event',
  'aws.events.event.json',
];
/** Placeholders with JSON values, which are only allowed in a template that is a JSON object. */
export const predefinedJson: readonly string[] = ['aws.events.event', 'aws.events.event.json'];

export const placeholdersIn = (template: string): string[] =>
  [...template.matchAll(placeholder)].map(([, name = '']) => name);

export const isJsonTemplate = (template: string): boolean => template.trimStart().startsWith('{');

/**
 * Fills in the placeholders of a template; returns `undefined` if a JSON template does not produce valid JSON. The
 * rules are AWS's (recorded in localstack/localstack, test_events_inputs). Strings are put between quotation marks,
 * which are added where they are missing, and are not escaped. A missing value is an empty string. An object or array
 * between quotation marks loses its own quotation marks in a text template, and makes a JSON template invalid.
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

/** Whether a position in a template is between quotation marks. */
function isInText(template: string, place: number): boolean {
  let isText = false;
  for (let index = 0; index < place; index++) {
    const character = template.charAt(index);
    if (character === '\\') index++;
    else if (character === '"') isText = !isText;
  }
  return isText;
}
