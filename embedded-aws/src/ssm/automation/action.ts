import type { AutomationExecutionStatus } from '@aws-sdk/client-ssm';
import type { Services } from '../../core/service.ts';
import type { World } from '../../core/world.ts';
import type { DocumentStep } from '../documents.ts';
import type { AutomationRecord, AutomationStepRecord } from '../records.ts';
import type { Fields } from '../shape.ts';

/**
 * One action of Automation, for example aws:runCommand. An action never blocks. Its response says
 * when to call the action again.
 */
export interface Action {
  /** The emulated inputs. Any other input is refused by name. */
  readonly inputs: readonly string[];
  /** The default timeout of a step in seconds. If missing, the action does not wait. */
  readonly timeoutSeconds?: number;
  begin(step: Step): Progress;
  /**
   * Called when the time that `begin` or `poll` requested has come, or when the step's timeout
   * ends.
   */
  poll?(step: Step): Progress;
}

/** A step of a running automation, as its action sees it. */
export interface Step {
  readonly world: World;
  readonly automation: AutomationRecord;
  readonly definition: DocumentStep;
  readonly record: AutomationStepRecord;
  /** The inputs with all `{{ }}` expressions replaced. */
  readonly inputs: Fields;
  readonly at: number;
  readonly services: Services;
}

export type Progress =
  | {
      readonly is: 'done';
      readonly outputs?: Readonly<Record<string, readonly string[]>>;
      readonly response?: string;
      readonly responseCode?: string;
      /** The next step, if the action decides it. */
      readonly next?: string;
    }
  | {
      readonly is: 'failed';
      readonly message: string;
      readonly status?: Extract<AutomationExecutionStatus, 'Failed' | 'TimedOut'>;
      readonly outputs?: Readonly<Record<string, readonly string[]>>;
      readonly responseCode?: string;
    }
  | {
      readonly is: 'waiting';
      /** When to poll again (ms). If missing, another event awakens the automation. */
      readonly until?: number;
      readonly commandId?: string;
      readonly outputs?: Readonly<Record<string, readonly string[]>>;
    };

/** A required input as text. If the input is missing, the error fails the step. */
export function requiredText(inputs: Fields, name: string): string {
  const value = inputs[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`The input ${name} is missing`);
}
