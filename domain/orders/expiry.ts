/** How the next expiry run goes about a tail: lanes work at the same time, each taking `batchSize` orders at once. */
export interface ExpiryPlan {
  readonly lanes: readonly number[];
  readonly batchSize: number;
}

/** Small tails are taken by one lane in small batches; a growing tail first gets larger batches, then lanes. */
export function planExpiry(tail: { readonly size: number }): ExpiryPlan {
  const steps = [
    { upTo: 50, lanes: 1, batchSize: 50 },
    { upTo: 500, lanes: 1, batchSize: 100 },
    { upTo: 5000, lanes: 4, batchSize: 200 },
  ] as const;
  const step = steps.find((each) => tail.size <= each.upTo) ?? { lanes: 8, batchSize: 250 };
  return {
    lanes: Array.from({ length: step.lanes }, (_, lane) => lane),
    batchSize: step.batchSize,
  };
}
