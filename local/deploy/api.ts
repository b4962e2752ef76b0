import { readRestApis } from '../apigateway/definition.ts';
import { type RestApiServer, restApiServer } from '../apigateway/server.ts';
import type { Graph } from '../assembly/graph.ts';
import type { Clock } from '../clock.ts';
import type { Answer } from '../lambda/spec.ts';

export interface DeployedApi extends RestApiServer {
  readonly id: string;
  readonly name: string;
  /** `POST /orders`, one a method. */
  readonly routes: readonly string[];
}

export function deployApis(
  graph: Graph,
  options: {
    readonly clock: Clock;
    invoke(arn: string, payload: unknown): Promise<Answer>;
    report(problem: string): void;
  },
): readonly DeployedApi[] {
  return readRestApis(graph).map((api) => {
    const served = restApiServer(api, options);
    return {
      id: api.id,
      name: api.name,
      routes: api.routes.map((route) => `${route.method} ${route.path}`),
      server: served.server,
      get pending() {
        return served.pending;
      },
    };
  });
}
