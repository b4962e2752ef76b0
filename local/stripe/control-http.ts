import * as z from 'zod';
import type { Control } from './control.ts';
import { faultRule, latencyRule } from './faults.ts';

const nothing = z.object({});
const endpoint = z.strictObject({ url: z.url(), secret: z.string().min(1) });
const passed = z.strictObject({ passed: z.boolean().default(true) });
const succeeded = z.strictObject({ succeeded: z.boolean().default(true) });
const won = z.strictObject({ won: z.boolean() });
const dispute = z.strictObject({
  reason: z.enum(['fraudulent', 'product_not_received', 'duplicate', 'general']).exactOptional(),
  inquiry: z.boolean().exactOptional(),
  amount: z.int().positive().exactOptional(),
});
const refund = z.strictObject({
  payment_intent: z.string(),
  amount: z.int().positive().optional(),
});

type Run = (control: Control, body: unknown, id: string) => unknown;

function command<S extends z.ZodType>(
  schema: S,
  run: (control: Control, order: z.output<S>, id: string) => unknown,
): Run {
  return (control, body, id) => run(control, schema.parse(body), id);
}

/** `POST /_control/…` with a JSON body, one line a command; `:id` is an id of Stripe's. */
const commands: Readonly<Record<string, Run>> = {
  'webhooks/connect': command(endpoint, (control, order) => control.webhooks.connect(order)),
  'webhooks/hold': command(nothing, (control) => control.webhooks.hold()),
  'webhooks/release': command(nothing, (control) => control.webhooks.release()),
  'webhooks/shuffle': command(
    z.strictObject({ on: z.boolean().default(true) }),
    (control, { on }) => control.webhooks.shuffle(on),
  ),
  'webhooks/duplicate': command(z.strictObject({ copies: z.int() }), (control, { copies }) =>
    control.webhooks.duplicate(copies),
  ),
  'webhooks/drop': command(z.strictObject({ count: z.int() }), (control, { count }) =>
    control.webhooks.drop(count),
  ),
  'events/:id/resend': command(nothing, (control, _, id) => control.webhooks.resend(id)),
  fail: command(faultRule, (control, order) => control.fail(order)),
  slow: command(latencyRule, (control, order) => control.slow(order)),
  search: command(z.strictObject({ lag: z.int() }), (control, { lag }) => control.searchLag(lag)),
  'payment_intents/:id/authenticate': command(passed, (control, order, id) =>
    control.authenticate(id, order.passed),
  ),
  'setup_intents/:id/authenticate': command(passed, (control, order, id) =>
    control.authenticate(id, order.passed),
  ),
  'payment_intents/:id/process': command(nothing, (control, _, id) => control.process(id)),
  'payment_intents/:id/finish': command(succeeded, (control, order, id) =>
    control.finishProcessing(id, order.succeeded),
  ),
  'payment_intents/:id/dispute': command(dispute, (control, order, id) => ({
    id: control.dispute(id, order),
  })),
  'disputes/:id/decide': command(won, (control, order, id) => control.decideDispute(id, order.won)),
  refunds: command(refund, (control, order) => ({
    id: control.dashboardRefund(order.payment_intent, order.amount),
  })),
  'refunds/:id/fail': command(nothing, (control, _, id) => control.failRefund(id)),
  clear: command(nothing, (control) => control.clear()),
  reset: command(nothing, (control) => control.reset()),
};

/**
 * @param path what follows `/_control/`
 * @returns undefined for an unknown command, else what to answer as JSON
 * @throws ZodError for a body of the wrong shape, StripeFault when the API would refuse it
 */
export function runCommand(
  control: Control,
  path: string,
  body: unknown,
): { answer: unknown } | undefined {
  const [first, id = '', last] = path.split('/');
  const run = commands[path] ?? (last === undefined ? undefined : commands[`${first}/:id/${last}`]);
  return run === undefined ? undefined : { answer: run(control, body, id) ?? { ok: true } };
}
