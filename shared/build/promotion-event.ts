import * as z from 'zod/mini';
import { InvalidInput } from '../errors.ts';
import { quote } from '../recipe/problem.ts';
import type { ChannelRequest } from './channel-request.ts';

/** The event with which a program requests a promotion; docs/operations.md describes it. */
export const PROMOTION_REQUESTED = 'Golden Image Promotion Requested';

/** The fields of the event's detail, in words. */
const FIELDS: Readonly<Record<string, string>> = {
  recipe: 'the name of a recipe',
  version: 'optional, the release to promote',
  channel: 'optional, the channel to promote to',
  reason: 'optional, a text',
};

export const promotionEventSchema = z.object({
  id: z.string(),
  source: z.string(),
  'detail-type': z.literal(PROMOTION_REQUESTED),
  detail: z.record(z.string(), z.unknown()),
});
export type PromotionEvent = z.infer<typeof promotionEventSchema>;

/** The promotion that an event requests. Refuses unknown fields, so that the sender finds the mistake in the dead-letter queue. */
export function promotionOf({ id, source, detail }: PromotionEvent): ChannelRequest {
  const { recipe, version, channel, reason } = detail;
  const unknown = Object.keys(detail).filter((name) => !Object.hasOwn(FIELDS, name));
  const isText = (value: unknown): value is string | undefined =>
    value === undefined || (typeof value === 'string' && value !== '');
  if (unknown.length > 0) throw refused(`has ${unknown.map(quote).join(', ')}`);
  if (typeof recipe !== 'string' || ![recipe, version, channel, reason].every(isText))
    throw refused(`is ${quote(JSON.stringify(detail))}`);
  const why = reason === undefined ? '' : `: ${reason}`;
  return {
    action: 'promote',
    recipe,
    ...(isText(version) && version !== undefined && { version }),
    ...(isText(channel) && channel !== undefined && { channel }),
    by: `an event of ${source}${why}`,
    trigger: { type: 'event', id },
  };
}

function refused(found: string): InvalidInput {
  const allowed = Object.entries(FIELDS).map(([name, meaning]) => `${name} (${meaning})`);
  return new InvalidInput(
    `The detail of the event ${PROMOTION_REQUESTED} ${found}: allowed are ${allowed.join(', ')}`,
  );
}
