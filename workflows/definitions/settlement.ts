import type { Machine } from '../asl.ts';
import { voidPayment } from '../fragments/compensation.ts';
import { failed, recordFinding } from '../fragments/finding.ts';
import { input } from '../fragments/step.ts';
import type { References } from '../references.ts';

/** Gives money back when the order has no execution of its own left to do it. */
export function settlement(to: References): Machine {
  return {
    Comment: 'Voids money that came when no execution of the order was left',
    QueryLanguage: 'JSONata',
    StartAt: 'MarkVoiding',
    States: {
      ...voidPayment(to, { revived: 'Done', settled: 'Done' }),
      ...recordFinding(to, { machine: 'settlement', order: input, next: 'Failed' }),
      Done: { Type: 'Succeed' },
      Failed: failed,
    },
  };
}
