import { GetAutomationExecutionCommand } from '@aws-sdk/client-ssm';
import * as z from 'zod/mini';
import { endApproval, readApproval } from '../shared/aws/approvals-table.ts';
import { dynamodb, sfn, ssm } from '../shared/aws/clients.ts';
import { executionStatus } from '../shared/aws/executions.ts';
import { answerRefusal } from '../shared/build/approval.ts';
import { digestOf } from '../shared/build/decision.ts';
import { type Answered, eventOf } from '../shared/build/execution-document.ts';
import { InvalidInput } from '../shared/errors.ts';
import { recipes } from '../shared/lambda/packaged-recipes.ts';
import { stage } from '../shared/lambda/stage.ts';
import type { DepsWith } from '../shared/lambda/step.ts';

const needs = { dynamodb, recipes, sfn, ssm };

/**
 * AnswerApproval: takes a person's answer to a build that waits for approval. The answer is an automation of the approval document. The
 * function reads from Systems Manager what was answered, when, and by whom: AWS authenticated the person when the automation was started.
 * Safe to repeat: an approval is answered once, and the same answer has the same result. It releases nothing: Approve sees the answer.
 */
export const handler = stage(
  'answer',
  eventOf({ automation: z.string() }),
  async ({ document: { automation } }, deps): Promise<Answered> => {
    const table = { dynamodb: deps.dynamodb, table: deps.settings.table };
    const { build, answer } = await readAnswer(automation, deps);
    const { decision, comment } = answer;
    const asked = await readApproval(table, build);
    if (asked === undefined)
      throw new InvalidInput(`No build with the name ${build} has asked for approval in the last weeks`);
    const { recipe, version } = asked;
    if (asked.answer?.automation !== automation) {
      const deployed = deps.recipes[recipe];
      const digest = deployed === undefined ? undefined : digestOf(deployed);
      const refusal = answerRefusal(asked, decision, { now: deps.now(), digest, comment });
      if (refusal !== undefined) throw new InvalidInput(refusal);
      const status = await executionStatus({ ...deps, ...deps.settings }, build);
      if (status !== 'RUNNING')
        throw new InvalidInput(`The build ${build} has ended: ${status ?? 'unknown'}`);
      const state = decision === 'approve' ? 'approved' : 'rejected';
      const ended = await endApproval(table, asked, { state, answer });
      if (ended.answer?.automation !== automation)
        throw new InvalidInput(answerRefusal(ended, decision, { now: deps.now(), digest, comment }) ?? '');
      deps.log.info('answered', { build, ...answer });
    }
    return { status: 'ready', execution: build, recipe, version, ...answer };
  },
  needs,
);

/** What the automation was started with, and who started it. */
async function readAnswer(id: string, { ssm, settings }: DepsWith<typeof needs>) {
  const command = new GetAutomationExecutionCommand({ AutomationExecutionId: id });
  const { AutomationExecution: found = {} } = await ssm(settings.region).send(command);
  const { DocumentName: document, ExecutedBy: by = '', ExecutionStartTime: at, Parameters = {} } = found;
  if (document !== settings.approvalDocument || by === '' || at === undefined)
    throw new InvalidInput(
      `The automation ${id} ran ${document}, but answers are automations of ${settings.approvalDocument}`,
    );
  const parameter = (name: string) => Parameters[name]?.[0];
  const comment = parameter('Comment');
  return {
    build: parameter('Build') ?? '',
    answer: {
      // The document allows no third value.
      decision: parameter('Decision') === 'approve' ? ('approve' as const) : ('reject' as const),
      by,
      at: at.toISOString(),
      ...(comment !== undefined && comment !== '' && { comment }),
      automation: id,
    },
  };
}
