import postgres from 'postgres';

/** What the stores of this folder are made over. */
export type Sql = postgres.Sql;

export interface SqlOptions {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** A function is asked for every new connection: IAM tokens live for fifteen minutes. */
  readonly password?: string | (() => Promise<string>);
  /** `verify-full` checks the server's certificate and its name; `disable` is for the loopback. */
  readonly ssl: 'verify-full' | 'disable';
  /** Connections held at most; a Lambda works on one event at a time and needs one. */
  readonly max?: number;
}

/**
 * A pool of connections. Nothing here makes RDS Proxy pin a connection: no SET, no startup options, no advisory
 * locks; timeouts of statements and locks stand on the role. Types are not fetched, which would be a query for
 * each new connection. Named statements of the extended protocol are multiplexed by the proxy, so they stay on:
 * each function's few statements are then parsed once a connection.
 */
export function createSql(options: SqlOptions): Sql {
  return postgres({
    host: options.host,
    port: options.port,
    database: options.database,
    user: options.user,
    ...(options.password === undefined ? {} : { password: options.password }),
    ssl: options.ssl === 'disable' ? false : 'verify-full',
    max: options.max ?? 1,
    fetch_types: false,
    prepare: true,
    /** Seconds. A frozen Lambda wakes up with dead sockets; keepalive and lifetime bound how long they matter. */
    connect_timeout: 4,
    idle_timeout: 120,
    max_lifetime: 840,
    keep_alive: 15,
    onnotice: () => undefined,
  });
}
