import { DescribeExecutionCommand, type DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';
import { type CallFailure, callAws } from './aws-call.ts';
import { type Deployment, findDeployment, MACHINE } from './deployment.ts';
import type { ExecutionArgument } from './execution-argument.ts';

/** An execution that exists in Step Functions. */
export interface FoundExecution {
  readonly deployment: Deployment;
  readonly executionArn: string;
  readonly description: DescribeExecutionCommandOutput;
  /** The name of the recipe that the execution builds. */
  readonly recipe: string;
}

/** Finds the execution that the options name, with the user's credentials. */
export async function locateExecution({
  execution,
  account,
  region: wanted,
}: ExecutionArgument): Promise<FoundExecution | { failure: CallFailure; deployment?: Deployment }> {
  const deployment = await findDeployment(wanted);
  if ('failure' in deployment) return deployment;
  const { region } = deployment;
  if (account !== undefined && account !== deployment.account) {
    const found = `the execution is in account ${account}, but the credentials are for account ${deployment.account}`;
    const fix = `set AWS_PROFILE to a profile for account ${account}`;
    return { failure: { kind: 'missing', name: 'AnotherAccount', found, fix }, deployment };
  }
  const executionArn = deployment.executionArn(execution);
  const description = await callAws(deployment.sfn.send(new DescribeExecutionCommand({ executionArn })), {
    action: 'states:DescribeExecution',
    on: executionArn,
    endpoint: deployment.endpoint,
    missing: {
      found: `found no execution ${execution} of ${MACHINE} in ${deployment.account}/${region}`,
      fix: 'check the name and --region; Step Functions deletes an execution 90 days after its end',
    },
  });
  if ('failure' in description) return { ...description, deployment };
  return { deployment, executionArn, description, recipe: recipeOf(description.input) };
}

/** Other users can start executions with any input. */
function recipeOf(input = '{}'): string {
  const { recipe } = (JSON.parse(input) ?? {}) as { recipe?: unknown };
  const name = typeof recipe === 'object' && recipe !== null ? (recipe as { name?: unknown }).name : recipe;
  return typeof name === 'string' ? name : 'an unnamed recipe';
}
