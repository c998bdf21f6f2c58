import type { Action } from '../action.ts';
import { branch } from './branch.ts';
import { executeAwsApi } from './execute-aws-api.ts';
import { executeStateMachine } from './execute-state-machine.ts';
import { assertAwsResourceProperty, waitForAwsResourceProperty } from './property.ts';
import { runCommand } from './run-command.ts';
import { sleep } from './sleep.ts';

/** The emulated actions of Automation. */
export const actions: Readonly<Record<string, Action>> = {
  'aws:assertAwsResourceProperty': assertAwsResourceProperty,
  'aws:branch': branch,
  'aws:executeAwsApi': executeAwsApi,
  'aws:executeStateMachine': executeStateMachine,
  'aws:runCommand': runCommand,
  'aws:sleep': sleep,
  'aws:waitForAwsResourceProperty': waitForAwsResourceProperty,
};
