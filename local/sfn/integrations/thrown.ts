import { StateError } from '../errors.ts';

/** What an integration rejected with, as the task's error: `Service.Name`, unless the name brings its own prefix. */
export function named(thrown: unknown, service: string): StateError {
  if (thrown instanceof StateError) return thrown;
  if (!(thrown instanceof Error)) return new StateError(`${service}.Unknown`, String(thrown));
  const name = thrown.name === 'Error' ? 'SdkClientException' : thrown.name;
  return new StateError(name.includes('.') ? name : `${service}.${name}`, thrown.message);
}
