import { InvalidInputFault, TransientFault } from '../../../domain/shared/errors.ts';
import type { JobContext, JobTime } from '../job.ts';
import { once } from '../once.ts';
import { describeError, logger, observed } from '../telemetry.ts';
import { HttpProblem } from './problems.ts';
import { type ApiRequest, readRequest } from './request.ts';
import { type ApiResponse, type ProxyResult, render, renderProblem } from './response.ts';

export type Route<Dependencies> = (
  dependencies: Dependencies,
  request: ApiRequest,
  time: JobTime,
) => Promise<ApiResponse>;

/** By method and route as API Gateway declares it: `GET /orders/{orderId}`. */
export type Routes<Dependencies> = Readonly<Record<string, Route<Dependencies>>>;

/**
 * An API function: API Gateway has already found the route, so this only looks it up, reads the clock once, and
 * turns every error into a problem. Call it with the function that composes the dependencies.
 * @throws InvalidInputFault where the event is not API Gateway's.
 */
export function api<Dependencies>(spec: {
  readonly name: string;
  readonly routes: Routes<Dependencies>;
}) {
  return (compose: () => Dependencies | Promise<Dependencies>) => {
    const dependencies = once(compose);
    return (event: unknown, context: JobContext): Promise<ProxyResult> => {
      const now = new Date();
      const request = readRequest(event);
      return observed(spec.name, { correlationId: request?.correlationId }, async () => {
        if (request === undefined) {
          throw new InvalidInputFault('invalid_input', 'not a proxy event of API Gateway');
        }
        try {
          const route = findRoute(spec.routes, request);
          const remaining = () => context.getRemainingTimeInMillis();
          const response = await route(await dependencies(), request, { now, remaining });
          return render(response, request.correlationId);
        } catch (error) {
          return renderProblem(problemOf(error, request), request);
        }
      });
    };
  };
}

function findRoute<Dependencies>(routes: Routes<Dependencies>, request: ApiRequest) {
  const found = routes[`${request.method} ${request.route}`];
  if (found !== undefined) return found;
  const allowed = Object.keys(routes)
    .map((key) => key.split(' '))
    .flatMap(([method, route]) => (route === request.route && method !== undefined ? method : []));
  if (allowed.length === 0) throw new HttpProblem('route-not-found');
  throw new HttpProblem('method-not-allowed', { headers: { allow: allowed.join(', ') } });
}

function problemOf(error: unknown, request: ApiRequest): HttpProblem {
  if (error instanceof HttpProblem) {
    logger.info('refused', { problem: error.code, route: request.route });
    return error;
  }
  logger.error('failed', { route: request.route, ...describeError(error) });
  return error instanceof TransientFault
    ? new HttpProblem('unavailable', { headers: { 'retry-after': '2' } })
    : new HttpProblem('internal');
}
