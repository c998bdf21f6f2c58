import { addNumbers, subtractNumbers } from '../numbers.ts';
import type { Item, Value } from '../records.ts';
import { invalid } from '../refusals.ts';
import { elementsOf, typeOf } from '../values.ts';
import type { Operand } from './operands.ts';
import { attribute, type Path, valueAt } from './paths.ts';
import type { Update } from './updates.ts';

/**
 * Returns the item after an update. All operands are read from the item before the update,
 * regardless of the order of the actions (DynamoDB developer guide, Update expressions).
 */
export function applyUpdates(updates: readonly Update[], item: Item): Item {
  const changes = updates.map((update) => ({ path: update.path, value: newValue(update, item) }));
  const changed = changes.reduce<Draft>((draft, { path, value }) => put(draft, path, value), {
    M: item,
  });
  const closed = closeUp(changed);
  return 'M' in closed ? closed.M : {};
}

/** The new value at the path, or `undefined` if the update removes the value. */
function newValue(update: Update, item: Item): Value | undefined {
  if (update.action === 'REMOVE') return undefined;
  const operand = operandValue(update.operand, item);
  if (update.action === 'SET') return operand;
  const old = valueAt(item, update.path);
  if (old !== undefined && typeOf(old) !== typeOf(operand)) throw wrongType();
  if ('N' in operand) return { N: addNumbers(old !== undefined && 'N' in old ? old.N : '0', operand.N) };
  const had = (old && elementsOf(old)) ?? [];
  const given = elementsOf(operand) ?? [];
  const elements =
    update.action === 'ADD'
      ? [...had, ...given.filter((element) => !had.includes(element))]
      : had.filter((element) => !given.includes(element));
  // A set without elements is removed.
  return elements.length === 0 ? undefined : ({ [typeOf(operand)]: elements } as unknown as Value);
}

function operandValue(operand: Operand, item: Item): Value {
  if (operand.kind === 'value') return operand.value;
  if (operand.kind === 'path') {
    const value = valueAt(item, operand.path);
    if (value === undefined) {
      throw invalid('The provided expression refers to an attribute that does not exist in the item');
    }
    return value;
  }
  if (operand.kind === 'undefined') throw new Error('an undefined placeholder was not refused');
  const [first, second] = operand.operands as [Operand, Operand];
  if (operand.name === 'if_not_exists') {
    const value = first.kind === 'path' ? valueAt(item, first.path) : undefined;
    return value ?? operandValue(second, item);
  }
  const [a, b] = [operandValue(first, item), operandValue(second, item)];
  if (operand.name === 'list_append') {
    if (!('L' in a && 'L' in b)) throw wrongType();
    return { L: [...a.L, ...b.L] };
  }
  if (!('N' in a && 'N' in b)) throw wrongType();
  return { N: operand.name === '+' ? addNumbers(a.N, b.N) : subtractNumbers(a.N, b.N) };
}

/**
 * A value during an update. A removed list element leaves a hole, so that the other elements keep
 * their indexes until the update is complete.
 */
type Draft =
  | Value
  | { readonly L: readonly (Draft | undefined)[] }
  | { readonly M: { [name: string]: Draft } };

function put(draft: Draft, [step, ...rest]: Path, value: Value | undefined): Draft {
  if (step === undefined) return draft;
  const inner = (child: Draft | undefined): Draft | undefined => {
    if (rest.length === 0) return value;
    if (child === undefined) throw invalidPath();
    return put(child, rest, value);
  };
  if (typeof step === 'number') {
    if (!('L' in draft)) throw invalidPath();
    const child = inner(draft.L[step]);
    if (child === undefined && step >= draft.L.length) return draft;
    const elements = [...draft.L];
    elements[step] = child;
    return { L: elements };
  }
  if (!('M' in draft)) throw invalidPath();
  const child = inner(attribute(draft.M as Item, step));
  const { [step]: _gone, ...others } = draft.M;
  return { M: child === undefined ? others : { ...draft.M, [step]: child } };
}

function closeUp(draft: Draft): Value {
  if ('L' in draft) {
    // Array.from also visits the holes that an index beyond the end leaves. flatMap removes
    // those holes.
    return { L: draft.L.flatMap((element) => (element === undefined ? [] : closeUp(element))) };
  }
  if ('M' in draft) {
    return {
      M: Object.fromEntries(Object.entries(draft.M).map(([name, value]) => [name, closeUp(value)])),
    };
  }
  return draft;
}

const wrongType = () => invalid('An operand in the update expression has an incorrect data type');

const invalidPath = () =>
  invalid('The document path provided in the update expression is invalid for update');
