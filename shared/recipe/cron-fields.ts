/** A field of AWS's cron expressions (cron.ts). */
export interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
  readonly wildcards: string;
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
export const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

export const minuteField: Field = { name: 'minutes', min: 0, max: 59, wildcards: ', - * /' };
export const hourField: Field = { name: 'hours', min: 0, max: 23, wildcards: ', - * /' };
export const dayField: Field = { name: 'day-of-month', min: 1, max: 31, wildcards: ', - * ? / L W' };
export const monthField: Field = { name: 'month', min: 1, max: 12, names: months, wildcards: ', - * /' };
export const weekdayField: Field = {
  name: 'day-of-week',
  min: 1,
  max: 7,
  names: weekdays,
  wildcards: ', - * ? L #',
};
export const yearField: Field = { name: 'year', min: 1970, max: 2199, wildcards: ', - * /' };

/** The number that a word represents. NaN if the word is not a number or a name. The number can be out of range. */
export function toNumber(word: string, field: Field): number {
  const index = field.names?.indexOf(word) ?? -1;
  if (index >= 0) return index + field.min;
  return /^[0-9]{1,4}$/.test(word) ? Number(word) : Number.NaN;
}
