/** Runs with these variables in the environment and no others. */
export function under<T>(
  environment: Readonly<Record<string, string>> | ReadonlyMap<string, string>,
  run: () => T,
): T {
  const before = process.env;
  process.env = environment instanceof Map ? Object.fromEntries(environment) : { ...environment };
  try {
    return run();
  } finally {
    process.env = before;
  }
}
