import type { Credentials } from '@aws-sdk/client-sts';
import { hex } from '../core/random.ts';
import type { Call } from '../core/service.ts';
import { count } from '../core/world.ts';
import { letters } from './callers.ts';
import type { SessionRecord } from './records.ts';

/** Creates a session and returns its credentials. Signatures are not checked, so the secret is not stored. */
export function openSession(
  { world, now }: Call,
  session: Omit<SessionRecord, 'id' | 'token' | 'expiration'>,
  durationSeconds: number,
): Credentials {
  const turn = count(world, 'session');
  const id = `ASIA${letters(world.seed, 16, 'session', turn)}`;
  // The expiration of credentials has no fractions of a second.
  const expiration = Math.floor(now / 1000 + durationSeconds) * 1000;
  const secret = (length: number, kind: string) =>
    Buffer.from(hex(world.seed, 2 * length, kind, turn), 'hex').toString('base64');
  const token = `IQoJb3JpZ2luX2Vj${secret(300, 'session token')}`;
  world.sessions.put({ ...session, id, token, expiration }, now, 0);
  return {
    AccessKeyId: id,
    SecretAccessKey: secret(30, 'secret access key'),
    SessionToken: token,
    Expiration: new Date(expiration),
  };
}
