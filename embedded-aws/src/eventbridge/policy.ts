import { readArn } from '../core/arn.ts';
import type { World } from '../core/world.ts';
import { isObject } from './pattern-error.ts';

/** A statement in the policy of a bus. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: unknown;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

export interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

export const readPolicy = (text: string | undefined): Policy =>
  text === undefined ? { Version: '2012-10-17', Statement: [] } : JSON.parse(text);

/** Whether an account may put events on a bus: it owns the bus, or the policy of the bus allows it. */
export function mayPutEvents(world: World, account: string, bus: string): boolean {
  const owner = readArn(bus)?.account;
  if (account === owner) return true;
  const { Statement } = readPolicy(world.eventBuses.get(bus)?.policy);
  const applicable = Statement.filter(
    (statement) =>
      matchesPrincipal(statement.Principal, account) &&
      covers(statement.Action, 'events:PutEvents') &&
      covers(statement.Resource, bus),
  );
  return (
    applicable.some(({ Effect }) => Effect === 'Allow') && !applicable.some(({ Effect }) => Effect === 'Deny')
  );
}

function matchesPrincipal(principal: unknown, account: string): boolean {
  if (principal === '*') return true;
  if (!isObject(principal)) return false;
  const accepted = [account, `arn:aws:iam::${account}:root`, '*'];
  return [principal.AWS].flat().some((name) => accepted.includes(String(name)));
}

function covers(patterns: string | readonly string[], value: string): boolean {
  return [patterns].flat().some((pattern) => {
    const source = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
    return new RegExp(`^${source}$`, 's').test(value);
  });
}
