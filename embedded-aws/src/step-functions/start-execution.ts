import type { StartExecutionCommandInput, StartExecutionCommandOutput } from '@aws-sdk/client-sfn';
import { AwsError } from '../core/errors.ts';
import { isDeeperThan, jsonLevelsMax } from '../core/nesting.ts';
import { uuid } from '../core/random.ts';
import type { Operation } from '../core/service.ts';
import { check, checkValue } from '../core/validation.ts';
import { count, type World } from '../core/world.ts';
import { executionArn, findStateMachine } from './arns.ts';
import { checkIsEmulated } from './definition.ts';
import { emitStatusChange } from './ending.ts';
import { runExecution } from './execution.ts';
import { isExpired } from './executions.ts';
import { historyOf } from './history.ts';
import type { ExecutionRecord, StateMachineRecord } from './records.ts';

/** The limit in bytes of UTF-8 and in characters. Both are checked. */
const INPUT_MAX = 262_144;

/** Characters that a name must not contain (Step Functions API reference, StartExecution). */
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\p{Cs}\ufffe\uffff]|\u{10ffff}/u;

export const startExecution: Operation<StartExecutionCommandInput, StartExecutionCommandOutput> = {
  kind: 'write',
  accepts: ['input', 'name', 'stateMachineArn', 'traceHeader'],
  run({ stateMachineArn = '', name: requestedName, input = '{}', traceHeader }, call) {
    check(
      { stateMachineArn: stateMachineArn || undefined, name: requestedName, traceHeader },
      {
        stateMachineArn: { required: true, length: [1, 256] },
        name: { length: [1, 80] },
        traceHeader: { length: [0, 256] },
      },
    );
    const { world, now } = call;
    const machine = findStateMachine(call, stateMachineArn, 'StartExecution');
    if (requestedName !== undefined && FORBIDDEN.test(requestedName)) {
      throw new AwsError('InvalidName', `Invalid Name: '${requestedName}'`);
    }
    checkInput(input);
    checkIsEmulated(JSON.parse(machine.definition));
    const name = requestedName ?? uuid(world.seed, 'execution', count(world, 'execution'));
    const arn = executionArn(stateMachineArn, name);
    const known = world.executions.get(arn);
    if (known !== undefined && !isExpired(known, now)) {
      if (known.status === 'RUNNING' && isSameInput(known.input, input)) {
        return { executionArn: arn, startDate: new Date(known.startDate) };
      }
      throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }
    // Delete the expired execution first, so that the new execution is at the end of the table.
    world.executions.delete(arn);
    // An execution that an event starts begins when the world applies the event, not when the event was due.
    const startDate = world.now();
    put(world, machine, { name, arn, input, startDate, traceHeader });
    runExecution(world, arn);
    return { executionArn: arn, startDate: new Date(startDate) };
  },
};

function put(
  world: World,
  machine: StateMachineRecord,
  {
    name,
    arn,
    input,
    startDate,
    traceHeader,
  }: { name: string; arn: string; input: string; startDate: number; traceHeader: string | undefined },
): void {
  const {
    id: stateMachineArn,
    account,
    region,
    definition,
    roleArn,
    updateDate,
    revisionId,
    tracing,
  } = machine;
  const revision = revisionId === undefined ? {} : { revisionId };
  world.executions.put(
    {
      id: arn,
      account,
      region,
      name,
      stateMachineArn,
      machine: { definition, roleArn, updateDate, ...revision, tracing },
      status: 'RUNNING',
      startDate,
      input,
      ...(traceHeader === undefined ? {} : { traceHeader }),
      history: [],
      payloads: [],
    },
    startDate,
    0,
  );
  historyOf(world, arn).add({ type: 'ExecutionStarted', previous: 0, payload: input });
  emitStatusChange(world, world.executions.get(arn) as ExecutionRecord);
}

const isSameInput = (a: string, b: string): boolean =>
  JSON.stringify(JSON.parse(a)) === JSON.stringify(JSON.parse(b));

function checkInput(input: string): void {
  // AWS treats the input as sensitive and does not repeat it.
  checkValue(input, 'input', { length: [0, INPUT_MAX], shown: undefined });
  if (Buffer.byteLength(input) > INPUT_MAX) throw invalidInput('Invalid execution input.');
  let value: unknown;
  try {
    value = JSON.parse(input);
  } catch {
    throw invalidInput(parserMessage(input));
  }
  if (isDeeperThan(value, jsonLevelsMax)) throw invalidInput('Invalid execution input.');
}

const invalidInput = (reason: string) =>
  new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${reason}'`);

/**
 * The texts of AWS's parser for usual mistakes, recorded by localstack/localstack
 * (test_invalid_start_execution_input).
 */
function parserMessage(input: string): string {
  const [, word] = /^\s*([A-Za-z_]\w*)/.exec(input) ?? [];
  if (word !== undefined) {
    return `Unrecognized token '${word}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`;
  }
  const [, key] = /^\s*\{\s*([^"}\s])/.exec(input) ?? [];
  if (key !== undefined) {
    return `Unexpected character ('${key}' (code ${key.codePointAt(0)})): was expecting double-quote to start field name`;
  }
  return 'Invalid execution input.';
}
