import type { Machine } from '../asl.ts';
import { lambdaTransients } from '../fragments/retry.ts';
import { step } from '../fragments/step.ts';
import type { References } from '../references.ts';

/** Pages of fifty payments, and pages of Stripe's lists, that one run looks at; the next night goes on from there. */
const payments = 400;
const lists = 200;

/** A difference must last so long (seconds) before it is one: ten minutes and something. */
const patience = 660;
/** How often a run waits for that. */
const looks = 2;

/** Nobody waits, and the next night begins where this one failed. */
const retry = [
  {
    ErrorEquals: ['TransientFault', ...lambdaTransients, 'States.Timeout'],
    IntervalSeconds: 5,
    MaxAttempts: 8,
    MaxDelaySeconds: 300,
    BackoffRate: 2,
    JitterStrategy: 'FULL',
  },
] as const;

const orFail = [{ ErrorEquals: ['States.ALL'], Next: 'Unfinished' }] as const;

/**
 * Nightly: compares our books with Stripe's, payment by payment, then looks for what Stripe made and we do not know.
 * It gives no money back and moves no order: what is late goes to the inbox, what differs becomes a finding.
 */
export function reconciliation(to: References): Machine {
  return {
    Comment: 'Compares payments, refunds and disputes with Stripe, both ways',
    QueryLanguage: 'JSONata',
    StartAt: 'Begin',
    TimeoutSeconds: 20 * 3600,
    States: {
      Begin: {
        Type: 'Pass',
        Assign: { pages: 0, listed: 0, looked: 0 },
        Output: { asked: [], answers: [], mark: null },
        Next: 'CompareBooks',
      },
      CompareBooks: step(to, {
        comment: 'Keeps the result of one page, answers the next',
        step: 'compare-books',
        payload: '{% $states.input %}',
        timeout: 32,
        retry,
        catch: orFail,
        assign: { todo: '{% $states.result.Payload %}', pages: '{% $pages + 1 %}' },
        next: 'IsThereAPayment',
      }),
      IsThereAPayment: {
        Type: 'Choice',
        Choices: [
          {
            Condition: `{% $pages <= ${payments} and $count($todo.payments) > 0 %}`,
            Next: 'ReadLedger',
          },
          {
            // All of them without an intent: nothing to ask, but the list goes on behind them.
            Condition: `{% $pages <= ${payments} and $todo.mark != null %}`,
            Output: { asked: [], answers: [], mark: '{% $todo.mark %}' },
            Next: 'CompareBooks',
          },
        ],
        Default: 'BeginMatching',
      },
      ReadLedger: step(to, {
        step: 'read-ledger',
        payload: { payments: '{% $todo.payments %}' },
        timeout: 125,
        retry,
        catch: orFail,
        output: {
          asked: '{% $todo.payments %}',
          answers: '{% $states.result.Payload.answers %}',
          mark: '{% $todo.mark %}',
        },
        next: 'CompareBooks',
      }),
      BeginMatching: {
        Type: 'Pass',
        Comment: 'Now the other way round: what does Stripe have that we do not?',
        Output: { page: null },
        Next: 'MatchLedger',
      },
      MatchLedger: step(to, {
        comment: 'Keeps the result of one page of Stripe’s lists, answers the next',
        step: 'match-ledger',
        payload: '{% $states.input %}',
        timeout: 32,
        retry,
        catch: orFail,
        assign: { listed: '{% $listed + 1 %}' },
        next: 'IsThereAList',
      }),
      IsThereAList: {
        Type: 'Choice',
        Choices: [
          {
            Condition: `{% $listed <= ${lists} and $states.input.next != null %}`,
            Next: 'ListLedger',
          },
          {
            Condition: `{% $todo.waiting > 0 and $looked < ${looks} and $pages <= ${payments} %}`,
            Assign: { looked: '{% $looked + 1 %}' },
            Next: 'WaitForTheLate',
          },
        ],
        Default: 'Done',
      },
      ListLedger: step(to, {
        step: 'list-ledger',
        payload: '{% $states.input.next %}',
        timeout: 35,
        retry,
        catch: orFail,
        output: { page: '{% $states.result.Payload %}' },
        next: 'MatchLedger',
      }),
      WaitForTheLate: {
        Type: 'Wait',
        Comment: 'What was only on its way is gone when these are looked at again',
        Seconds: patience,
        Output: { asked: [], answers: [], mark: null },
        Next: 'CompareBooks',
      },
      Done: { Type: 'Succeed' },
      Unfinished: {
        Type: 'Fail',
        Error: 'ReconciliationUnfinished',
        Cause: 'A part of this run failed; the next night goes on from there',
      },
    },
  };
}
