/**
 * Options of every AWS client: a call that hangs must not use up its function's time. Two attempts; what is left
 * after them is for the caller's own retry, which has backoff and jitter.
 */
export const awsClient = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 4000 },
} as const;
