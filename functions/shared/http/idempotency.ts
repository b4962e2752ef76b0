import { idempotencyKeySchema } from '../../../domain/orders/checkout.ts';
import { HttpProblem } from './problems.ts';
import type { ApiRequest } from './request.ts';

/** @throws HttpProblem `idempotency-key-missing`, `idempotency-key-malformed` */
export function readIdempotencyKey(request: ApiRequest): string {
  const sent = request.headers.get('idempotency-key');
  if (sent === undefined) throw new HttpProblem('idempotency-key-missing');
  const parsed = idempotencyKeySchema.safeParse(sent);
  if (!parsed.success) throw new HttpProblem('idempotency-key-malformed');
  return parsed.data;
}
