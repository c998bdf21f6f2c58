import type { Condition } from './conditions.ts';
import type { Operand } from './operands.ts';
import type { Path } from './paths.ts';

/** All paths that a condition reads. */
export function conditionPaths(condition: Condition): Path[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.conditions.flatMap(conditionPaths);
    case 'not':
      return conditionPaths(condition.condition);
    case 'in':
      return [condition.operand, ...condition.list].flatMap(operandPaths);
    default:
      return condition.operands.flatMap(operandPaths);
  }
}

function operandPaths(operand: Operand): Path[] {
  if (operand.kind === 'path') return [operand.path];
  return operand.kind === 'function' ? operand.operands.flatMap(operandPaths) : [];
}
