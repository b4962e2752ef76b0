import type { Catcher, FailState, States } from '../asl.ts';
import type { References } from '../references.ts';
import { orderOf, step } from './step.ts';

type Reporting = 'checkout' | 'payment' | 'fulfilment' | 'settlement';

/** Whatever went wrong in `state` goes to a person. */
export function toFinding(state: string): Catcher {
  return {
    ErrorEquals: ['States.ALL'],
    Assign: {
      failure: {
        state,
        error: '{% $substring($states.errorOutput.Error, 0, 256) %}',
        cause:
          "{% $exists($states.errorOutput.Cause) ? $substring($states.errorOutput.Cause, 0, 1000) : '' %}",
      },
    },
    Next: 'RecordFinding',
  };
}

interface FindingOptions {
  readonly machine: Reporting;
  /** Expression for the order's object. */
  readonly order: string;
  readonly next: string;
}

/**
 * Keeps what the machine could not do or undo in a durable row. Where even that fails the execution fails, and
 * its alarm is what a person sees.
 */
export function recordFinding(to: References, options: FindingOptions): States {
  return {
    RecordFinding: step(to, {
      comment: 'A durable row and an alarm: a person has to look',
      step: 'record-finding',
      payload: {
        ...orderOf(options.order),
        machine: options.machine,
        state: '{% $failure.state %}',
        error: '{% $failure.error %}',
        cause: "{% $exists($failure.cause) ? $failure.cause : '' %}",
      },
      next: options.next,
    }),
  };
}

/** The end of an execution that left a finding. */
export const failed: FailState = {
  Type: 'Fail',
  Comment: 'The finding says where and why',
  Error: '{% $failure.error %}',
  Cause: "{% 'recorded as a finding of the state ' & $failure.state %}",
};
