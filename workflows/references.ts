/** The functions machines call, and the machines machines start; a folder in functions/ has the same name. */
export const stepNames = [
  'price-cart',
  'place-order',
  'create-intent',
  'record-intent',
  'release-order',
  'await-payment',
  'confirm-order',
  'mark-voiding',
  'cancel-intent',
  'record-voided',
  'open-pick-task',
  'capture-payment',
  'record-capture',
  'open-delivery',
  'complete-order',
  'record-finding',
  'unpack-order',
  'open-return',
  'close-undelivered',
  'record-overdue',
  'refund-payment',
  'record-refund',
  'measure-tail',
  'list-overdue',
  'ask-stripe',
  'keep-answers',
  'expire-batch',
  'restart-executions',
  'report-tail',
  'compare-books',
  'read-ledger',
  'match-ledger',
  'list-ledger',
] as const;
export type StepName = (typeof stepNames)[number];

export const machineNames = [
  'checkout',
  'payment',
  'fulfilment',
  'settlement',
  'expiry',
  'reconciliation',
] as const;
export type MachineName = (typeof machineNames)[number];

/** Where a definition finds what it calls. */
export interface References {
  lambda(step: StepName): string;
  machine(name: 'payment' | 'fulfilment'): string;
}

/** ARNs that stand for the real ones: in asl/, in tests and for the linter. */
export const placeholders: References = {
  lambda: (step) => `arn:aws:lambda:eu-central-1:123456789012:function:${step}`,
  machine: (name) => `arn:aws:states:eu-central-1:123456789012:stateMachine:${name}`,
};
