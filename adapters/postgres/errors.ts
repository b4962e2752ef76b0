import postgres from 'postgres';
import { Fault, PermanentFault, TransientFault } from '../../domain/shared/errors.ts';

/** Our own SQLSTATEs, raised by the SQL functions (migrations/0003-shared.sql). */
const own: Readonly<Record<string, string>> = {
  KS404: 'order_unknown',
  KS409: 'state_conflict',
};

/**
 * SQLSTATEs after which the same call may succeed, by class or by code
 * (https://www.postgresql.org/docs/17/errcodes-appendix.html): connections, failed sign-in (an IAM token that
 * ran out or was throttled), resources, shutdowns, a writer that became a reader, serialization failures and
 * deadlocks, lock and statement timeouts.
 */
const transientClasses = ['08', '28', '53', '58'];
const transientCodes = [
  ...['40001', '40P01', '55P03', '57014', '57P01', '57P02', '57P03', '57P05', '25006', '25P03'],
];

/** Codes of the driver and of Node's sockets: the server was not reached, or went away. */
const connectionCodes = [
  ...['CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED', 'CONNECT_TIMEOUT'],
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['EHOSTUNREACH', 'ENETUNREACH'],
];

/** Two transactions met and one had to give way: worth doing again at once. */
export function isCollision(error: unknown): boolean {
  return error instanceof postgres.PostgresError && ['40001', '40P01'].includes(error.code);
}

/**
 * What a failed call means to a machine, decided by SQLSTATE and socket code alone. A call whose connection broke
 * may have been committed; it is transient all the same, because every call of the stores is idempotent.
 */
export function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  if (error instanceof postgres.PostgresError) {
    const { code } = error;
    const known = own[code];
    if (known !== undefined) return new PermanentFault(known, error.message, { cause: error });
    if (transientClasses.includes(code.slice(0, 2)) || transientCodes.includes(code)) {
      return new TransientFault(`postgres_${code}`, error.message, { cause: error });
    }
    return new PermanentFault(`postgres_${code}`, error.message, { cause: error });
  }
  const code = codeOf(error);
  if (code !== undefined && connectionCodes.includes(code)) {
    return new TransientFault('postgres_unreachable', code, { cause: error });
  }
  return new PermanentFault('postgres_unexpected', String(error), { cause: error });
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
