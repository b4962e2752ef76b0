import type { MailboxStep } from '../../domain/shared/mailbox.ts';
import type { Catcher, States } from '../asl.ts';
import type { References } from '../references.ts';
import { input, orderOf, step } from './step.ts';

/** Days after which no wait is entered again: Step Functions ends an execution after a year, and tells nobody. */
const patience = 350;

interface OverdueWait {
  /** The waiting state. */
  readonly state: string;
  readonly wait: MailboxStep;
  /** Or an expression for it. */
  readonly round: number | string;
}

/** A wait that takes longer than it should: somebody is told, and the wait goes on. */
export function whenOverdue(overdue: OverdueWait): Catcher {
  return {
    ErrorEquals: ['States.Timeout'],
    Assign: { overdue: { ...overdue } },
    Next: 'RecordOverdue',
  };
}

/** Tells of the wait that is overdue and enters it again; after most of a year it is a finding like any failure. */
export function waitOn(to: References, waits: readonly string[]): States {
  return {
    RecordOverdue: step(to, {
      comment: 'Once a wait somebody is told. That telling failed must not end the wait',
      step: 'record-overdue',
      payload: {
        ...orderOf(input),
        wait: '{% $overdue.wait %}',
        round: '{% $overdue.round %}',
      },
      catch: [{ ErrorEquals: ['States.ALL'], Next: 'WaitOn' }],
      next: 'WaitOn',
    }),
    WaitOn: {
      Type: 'Choice',
      Choices: [
        {
          Condition: `{% $toMillis($states.context.State.EnteredTime) - $toMillis($states.context.Execution.StartTime) >= ${patience * 86_400_000} %}`,
          Assign: { failure: { state: '{% $overdue.state %}', error: 'States.Timeout' } },
          Next: 'RecordFinding',
        },
        ...waits.map((name) => ({
          Condition: `{% $overdue.state = '${name}' %}`,
          Next: name,
        })),
      ],
      Default: 'UnexpectedOutcome',
    },
  };
}
