import type { World } from '../../core/world.ts';
import { emit } from '../../eventbridge/emit.ts';
import type { AutomationRecord } from '../records.ts';

/** Saves an automation, and sends status changes of the automation and its steps to EventBridge. */
export function saveAutomation(world: World, automation: AutomationRecord, at: number): void {
  const before = world.automations.get(automation.id);
  world.automations.put(automation, at, 0);
  for (const step of automation.steps) {
    const earlier = before?.steps.find(({ id }) => id === step.id)?.status ?? 'Pending';
    // A repeated step was reset to Pending. The reset sends no event.
    if (step.status === earlier || step.status === 'Pending') continue;
    emitStatus(world, automation, 'EC2 Automation Step Status-change Notification', at, {
      ...detailOf(automation, step),
      StepName: step.name,
      Action: step.action,
    });
  }
  if (automation.status === (before?.status ?? 'Pending')) return;
  emitStatus(world, automation, 'EC2 Automation Execution Status-change Notification', at, {
    ...detailOf(automation, automation),
    ...(automation.executedBy === undefined ? {} : { ExecutedBy: automation.executedBy }),
  });
}

function detailOf(
  { id, documentName, documentVersion }: AutomationRecord,
  {
    status,
    startTime,
    endTime,
  }: { status: string; startTime?: number | undefined; endTime?: number | undefined },
) {
  return {
    ExecutionId: id,
    Definition: documentName,
    DefinitionVersion: documentVersion,
    Status: status,
    ...(startTime === undefined ? {} : { StartTime: written(startTime) }),
    ...(endTime === undefined ? {} : { EndTime: written(endTime) }),
    ...(startTime === undefined || endTime === undefined ? {} : { Time: endTime - startTime }),
  };
}

/** For example `Nov 29, 2016 7:43:20 PM`. */
function written(time: number): string {
  const date = new Date(time);
  const text = (options: Intl.DateTimeFormatOptions) =>
    date.toLocaleString('en-US', { timeZone: 'UTC', ...options });
  const day = text({ year: 'numeric', month: 'short', day: 'numeric' });
  // Newer versions of ICU put a narrow no-break space before AM and PM.
  const hour = text({ hour: 'numeric', minute: '2-digit', second: '2-digit' }).replace('\u202f', ' ');
  return `${day} ${hour}`;
}

function emitStatus(
  world: World,
  { account, region, id, documentName, documentVersion }: AutomationRecord,
  detailType: string,
  time: number,
  detail: unknown,
): void {
  emit(world, {
    account,
    region,
    source: 'aws.ssm',
    detailType,
    resources: [
      `arn:aws:ssm:${region}:${account}:automation-execution/${id}`,
      `arn:aws:ssm:${region}:${account}:automation-definition/${documentName}:${documentVersion}`,
    ],
    time,
    detail,
  });
}
