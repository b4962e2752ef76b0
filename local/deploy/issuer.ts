import { Unsupported } from '../assembly/errors.ts';
import type { Graph } from '../assembly/graph.ts';
import { UserPoolProperties } from '../services/issuer.ts';

/** The one pool whose tokens the local issuer signs; an assembly without a pool has one of its own. */
export function readUserPool(graph: Graph): {
  readonly poolId: string;
  readonly clientId?: string;
} {
  const [pool, ...more] = graph.ofType(UserPoolProperties.type);
  if (pool === undefined) return { poolId: 'local' };
  if (more.length > 0) throw new Unsupported(`${more[0]?.where}: the issuer serves one user pool`);
  UserPoolProperties.parse(pool.where, graph.properties(pool));
  const [client] = graph.ofType('AWS::Cognito::UserPoolClient');
  return {
    poolId: graph.ref(pool),
    ...(client === undefined ? {} : { clientId: graph.ref(client) }),
  };
}
