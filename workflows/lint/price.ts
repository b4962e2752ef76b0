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

const voided = ['MarkVoiding', 'MayBeVoided', 'CancelIntent', 'RecordVoided'] as const;
const attempt = ['OpenDelivery', 'DeliveryOutcome'] as const;
const handedOver = [
  'OpenPickTask',
  'PickOutcome',
  'CapturePayment',
  'RecordCapture',
  ...attempt,
] as const;
const looksAfter = ['RestartExecutions', 'ReportTail', 'IsComplete', 'Done'] as const;

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
    states: ['AwaitPayment', 'PaymentOutcome', ...voided],
  },
  {
    name: 'paid, but cancelled before',
    machine: 'payment',
    states: [...['AwaitPayment', 'PaymentOutcome', 'ConfirmOrder', 'IsConfirmed'], ...voided],
  },
  { name: 'delivered', machine: 'fulfilment', states: [...handedOver, 'CompleteOrder'] },
  {
    name: 'delivered a day late',
    machine: 'fulfilment',
    states: ['OpenPickTask', 'RecordOverdue', 'WaitOn', ...handedOver, 'CompleteOrder'],
  },
  {
    name: 'delivered at the second attempt',
    machine: 'fulfilment',
    states: [...handedOver, ...attempt, 'CompleteOrder'],
  },
  {
    name: 'failed three times, returned',
    machine: 'fulfilment',
    states: [...handedOver, ...attempt, ...attempt, 'OpenReturn', 'CloseUndelivered'],
  },
  {
    name: 'lost, or cancelled after packing',
    machine: 'fulfilment',
    states: [...handedOver, 'CloseUndelivered'],
  },
  {
    name: 'cancelled or short at the pick',
    machine: 'fulfilment',
    states: ['OpenPickTask', 'PickOutcome', ...voided],
  },
  {
    name: 'capture refused',
    machine: 'fulfilment',
    states: ['OpenPickTask', 'PickOutcome', 'CapturePayment', 'UnpackOrder', ...voided],
  },
  {
    name: 'capture refused, voided by Stripe',
    machine: 'fulfilment',
    states: [
      ...['OpenPickTask', 'PickOutcome', 'CapturePayment', 'UnpackOrder', 'MarkVoiding'],
      ...['MayBeVoided', 'Done'],
    ],
  },
  { name: 'voided late', machine: 'settlement', states: ['VoidOrRefund', ...voided] },
  {
    name: 'nothing left to void',
    machine: 'settlement',
    states: ['VoidOrRefund', 'MarkVoiding', 'MayBeVoided', 'Done'],
  },
  {
    name: 'refunded',
    machine: 'settlement',
    states: ['VoidOrRefund', 'RefundPayment', 'RecordRefund'],
  },
  {
    name: 'nothing overdue',
    machine: 'expiry',
    states: ['MeasureTail', 'IsThereATail', ...looksAfter],
  },
  {
    name: 'a tail, its batches not counted',
    machine: 'expiry',
    states: ['MeasureTail', 'IsThereATail', 'ExpireLanes', 'IsThereMore', ...looksAfter],
  },
  {
    name: 'Stripe silent, batches not counted',
    machine: 'expiry',
    states: [
      ...['MeasureTail', 'IsThereATail', 'ListOverdue', 'AskStripe', 'KeepAnswers'],
      ...['ExpireLanes', 'IsThereMore', ...looksAfter],
    ],
  },
  {
    name: 'nothing touched',
    machine: 'reconciliation',
    states: [
      ...['Begin', 'CompareBooks', 'IsThereAPayment'],
      ...['BeginMatching', 'MatchLedger', 'IsThereAList', 'Done'],
    ],
  },
  {
    name: 'a page of fifty payments, one of each list',
    machine: 'reconciliation',
    states: [
      ...['Begin', 'CompareBooks', 'IsThereAPayment', 'ReadLedger'],
      ...['CompareBooks', 'IsThereAPayment', 'BeginMatching', 'MatchLedger', 'IsThereAList'],
      ...['ListLedger', 'MatchLedger', 'IsThereAList', 'ListLedger', 'MatchLedger', 'IsThereAList'],
      ...['ListLedger', 'MatchLedger', 'IsThereAList', 'Done'],
    ],
  },
  {
    name: 'a difference, looked at twice',
    machine: 'reconciliation',
    states: [
      ...['Begin', 'CompareBooks', 'IsThereAPayment', 'ReadLedger', 'CompareBooks'],
      ...['IsThereAPayment', 'BeginMatching', 'MatchLedger', 'IsThereAList', 'WaitForTheLate'],
      ...['CompareBooks', 'IsThereAPayment', 'ReadLedger', 'CompareBooks', 'IsThereAPayment'],
      ...['BeginMatching', 'MatchLedger', 'IsThereAList', 'Done'],
    ],
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
    `${name.padEnd(46)}${transitions.padStart(12)}${usd.padStart(22)}`;
  return [['path', 'transitions', 'USD per 1,000 runs'], ...rows].map(line).join('\n');
}
