import type { AutomationExecutionStatus } from '@aws-sdk/client-ssm';
import type { Services } from '../../core/service.ts';
import type { World } from '../../core/world.ts';
import type { DocumentStep } from '../documents.ts';
import type { AutomationRecord, AutomationStepRecord } from '../records.ts';
import type { Fields } from '../shape.ts';

/** One action of Automation, such as aws:runCommand. It never waits: it says until when it wants to be left alone. */
export interface Action {
  /** The inputs that are emulated; any other is refused by name. */
  readonly inputs: readonly string[];
  /** Seconds after which a step times out when it does not say; absent: it does not wait. */
  readonly timeoutSeconds?: number;
  begin(step: Step): Progress;
  /** Called again when the time has come that `begin` or this asked for, or when the step's time is over. */
  poll?(step: Step): Progress;
}

/** A step of a running automation, as its action sees it. */
export interface Step {
  readonly world: World;
  readonly automation: AutomationRecord;
  readonly definition: DocumentStep;
  readonly record: AutomationStepRecord;
  /** Its inputs with everything in `{{ }}` filled in. */
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
      /** The step that follows, when the action decides it. */
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
      /** When to look again (ms); absent: somebody awakens the automation. */
      readonly until?: number;
      readonly commandId?: string;
      readonly outputs?: Readonly<Record<string, readonly string[]>>;
    };

/** An input that must be there, as text. Thrown as an error of the document, which fails the step. */
export function requiredText(inputs: Fields, name: string): string {
  const value = inputs[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`The input ${name} is missing`);
}
