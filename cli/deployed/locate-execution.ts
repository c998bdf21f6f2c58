import { DescribeExecutionCommand, type DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';
import { type CallFailure, callAws } from './aws-call.ts';
import { type Deployment, findDeployment, MACHINE } from './deployment.ts';
import type { ExecutionArgument } from './execution-argument.ts';

/** An execution that stands in Step Functions. */
export interface FoundExecution {
  readonly deployment: Deployment;
  readonly executionArn: string;
  readonly description: DescribeExecutionCommandOutput;
  /** The name of the recipe that it was asked to build. */
  readonly recipe: string;
}

/** Finds the execution that the options name, with the user's own credentials. */
export async function locateExecution({
  execution,
  account,
  region: wanted,
}: ExecutionArgument): Promise<FoundExecution | { failure: CallFailure; deployment?: Deployment }> {
  const deployment = await findDeployment(wanted);
  if ('failure' in deployment) return deployment;
  const { region } = deployment;
  if (account !== undefined && account !== deployment.account) {
    const found = `the execution is of account ${account}, and the credentials of ${deployment.account}`;
    const fix = 'set AWS_PROFILE to one of that account';
    return { failure: { kind: 'missing', name: 'AnotherAccount', found, fix }, deployment };
  }
  const executionArn = deployment.executionArn(execution);
  const description = await callAws(deployment.sfn.send(new DescribeExecutionCommand({ executionArn })), {
    action: 'states:DescribeExecution',
    on: executionArn,
    missing: {
      found: `there is no execution ${execution} of ${MACHINE} in ${deployment.account}/${region}`,
      fix: 'check its name and --region; one that ended more than 90 days ago is forgotten',
    },
  });
  if ('failure' in description) return { ...description, deployment };
  return { deployment, executionArn, description, recipe: recipeOf(description.input) };
}

/** Anybody may start executions, with any input. */
function recipeOf(input = '{}'): string {
  const { recipe } = (JSON.parse(input) ?? {}) as { recipe?: unknown };
  const name = typeof recipe === 'object' && recipe !== null ? (recipe as { name?: unknown }).name : recipe;
  return typeof name === 'string' ? name : 'an unnamed recipe';
}
