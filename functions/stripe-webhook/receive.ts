import { changesNothing, type KeptWebhook } from '../../domain/payments/webhooks.ts';
import type { Route } from '../shared/http/api.ts';
import { HttpProblem } from '../shared/http/problems.ts';
import { logger } from '../shared/telemetry.ts';
import type { Dependencies } from './dependencies.ts';

/** Bytes. Events carry a whole object of Stripe's and are larger than what our own clients send. */
const payloadLimit = 512 * 1024;

/**
 * `POST /webhooks/stripe`: answers 200 only once the event is kept. Whatever else happens is no 2xx, so that Stripe
 * sends it again.
 */
export const receive: Route<Dependencies> = async (dependencies, request, { now }) => {
  if (request.body.length > payloadLimit) {
    throw new HttpProblem('body-too-large', { extensions: { limit: payloadLimit } });
  }
  const signature = request.headers.get('stripe-signature');
  if (signature === undefined) throw new HttpProblem('signature-invalid');
  const secret = await dependencies.signingSecret(now);
  const reading = dependencies.read(request.body, signature, secret, now);
  if (reading.outcome === 'bad_signature') throw new HttpProblem('signature-invalid');
  if (reading.outcome === 'unreadable') {
    logger.error('signed webhook of an unknown shape');
    throw new HttpProblem('event-unreadable');
  }
  const { eventId, type } = reading.webhook;
  const outcome = await dependencies.inbox.keep(reading.webhook, now);
  logger.info('webhook kept', { eventId, type, outcome });
  if (isAwaited(reading.webhook)) await dependencies.nudge.inbox();
  return { status: 200, body: { received: true } };
};

/** What moves no order waits for the next nudge or for the sweep, and what changes nothing is done with. */
function isAwaited(webhook: KeptWebhook): boolean {
  return !changesNothing(webhook) && webhook.object.kind !== 'charge';
}
