import { once } from '../shared/once.ts';
import { observed } from '../shared/telemetry.ts';
import { type AuthorizerResult, authorize } from './authorize.ts';
import { dependencies } from './dependencies.ts';

const compose = once(dependencies);

/** A REQUEST authorizer of API Gateway. */
export function handler(event: unknown): Promise<AuthorizerResult> {
  const now = new Date();
  return observed('authorizer', {}, async () => authorize(await compose(), event, now));
}
