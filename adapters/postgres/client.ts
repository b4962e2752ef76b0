import postgres from 'postgres';
import { presigned } from '../aws/presigned.ts';
import type { AwsIdentity } from '../aws/signature.ts';

/** What the stores of this folder are made over. */
export type Sql = postgres.Sql;

export interface SqlOptions {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password?: string;
  /** Signs in by IAM instead. A token is good for fifteen minutes, so each connection gets one of its own. */
  readonly signIn?: AwsIdentity;
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
    ...passwordOf(options),
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

function passwordOf(options: SqlOptions): { readonly password?: string | (() => string) } {
  const { signIn, password } = options;
  if (signIn !== undefined)
    return { password: () => databasePassword(options, signIn, new Date()) };
  return password === undefined ? {} : { password };
}

/**
 * The password of one connection: a presigned request without its scheme, made offline.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
 */
export function databasePassword(
  { host, port, user }: Pick<SqlOptions, 'host' | 'port' | 'user'>,
  { region, credentials }: AwsIdentity,
  now: Date,
): string {
  return presigned({
    host: `${host}:${port}`,
    service: 'rds-db',
    region,
    query: { Action: 'connect', DBUser: user },
    credentials: credentials(),
    now,
  });
}
