import type { Machine } from '../asl.ts';
import type { MachineName } from '../references.ts';

/** USD a transition of a Standard machine, https://aws.amazon.com/step-functions/pricing/ (eu-central-1, November 2026). */
const usdPerTransition = 0.025 / 1000;

/** USD an Express run, and a GB-second of it in the first tier; 64 MB is the smallest charge. */
const usdPerExpressRun = 1 / 1_000_000;
const usdPerExpressGbSecond = 0.00001667;

/** Seconds and GB a checkout is taken to need. */
const expressSeconds = 1;
const expressGb = 64 / 1024;

/** One way through a machine, by the states entered. */
export interface Path {
  readonly name: string;
  readonly machine: MachineName;
  readonly states: readonly string[];
}

/**
 * The ways an order takes. A test follows each through the rendered machine, so a state that is added shows up
 * here, in transitions and in money.
 */
export const paths: readonly Path[] = [
  {
    name: 'placed',
    machine: 'checkout',
    states: [
      ...['PriceCart', 'IsPriced', 'PlaceOrder', 'IsPlaced', 'CreateIntent', 'RecordIntent'],
      ...['IsRecorded', 'StartPayment', 'Placed'],
    ],
  },
  {
    name: 'Stripe down',
    machine: 'checkout',
    states: [
      ...['PriceCart', 'IsPriced', 'PlaceOrder', 'IsPlaced', 'CreateIntent', 'ReleaseOrder'],
      ...['IsReleased', 'Unavailable'],
    ],
  },
  {
    name: 'paid',
    machine: 'payment',
    states: [
      ...['AwaitPayment', 'PaymentOutcome', 'ConfirmOrder', 'IsConfirmed', 'StartFulfilment'],
      'Done',
    ],
  },
  {
    name: 'expired or cancelled',
    machine: 'payment',
    states: [
      ...['AwaitPayment', 'PaymentOutcome', 'MarkVoiding', 'MayBeVoided', 'CancelIntent'],
      'RecordVoided',
    ],
  },
  {
    name: 'delivered',
    machine: 'fulfilment',
    states: [
      ...['OpenPickTask', 'PickOutcome', 'CapturePayment', 'RecordCapture', 'OpenDelivery'],
      ...['DeliveryOutcome', 'CompleteOrder'],
    ],
  },
  {
    name: 'cancelled while picking',
    machine: 'fulfilment',
    states: [
      ...['OpenPickTask', 'PickOutcome', 'MarkVoiding', 'MayBeVoided', 'CancelIntent'],
      'RecordVoided',
    ],
  },
  {
    name: 'voided late',
    machine: 'settlement',
    states: ['MarkVoiding', 'MayBeVoided', 'CancelIntent', 'RecordVoided'],
  },
];

/** USD for a thousand runs along this path, without retries. */
export function usdPerThousand(path: Path): number {
  if (path.machine !== 'checkout') return path.states.length * usdPerTransition * 1000;
  return (usdPerExpressRun + expressSeconds * expressGb * usdPerExpressGbSecond) * 1000;
}

/** The first state of the path that the machine does not have there, or undefined when it can be walked. */
export function brokenAt(
  path: Path,
  machine: Machine,
  successors: (name: string) => readonly string[],
): string | undefined {
  let previous: string | undefined;
  for (const name of path.states) {
    const possible = previous === undefined ? [machine.StartAt] : successors(previous);
    if (!possible.includes(name)) return name;
    previous = name;
  }
  return previous === undefined || successors(previous).length === 0 || isEnd(machine, previous)
    ? undefined
    : `${previous} is not an end`;
}

function isEnd(machine: Machine, name: string): boolean {
  const state = machine.States[name];
  return state !== undefined && 'End' in state;
}

/** The table a person reads. */
export function priceTable(): string {
  const rows = paths.map((path) => [
    `${path.machine}: ${path.name}`,
    String(path.states.length),
    usdPerThousand(path).toFixed(4),
  ]);
  const line = ([name = '', transitions = '', usd = '']: readonly string[]) =>
    `${name.padEnd(38)}${transitions.padStart(12)}${usd.padStart(22)}`;
  return [['path', 'transitions', 'USD per 1,000 orders'], ...rows].map(line).join('\n');
}
