import { parseArgs } from 'node:util';

/** What `npm run dlq -- …` was asked for. */
export interface Request {
  readonly command: 'list' | 'look' | 'replay' | 'discard';
  /** In AWS; the local cloud without it. */
  readonly stage: string | undefined;
  /** Full, or without `kassa-<stage>-`. */
  readonly queue: string;
  /** Ids of single messages. */
  readonly messages: readonly string[];
  readonly all: boolean;
  readonly limit: number;
}

export const usage = `usage: npm run dlq                                       every dead-letter queue and what it holds
       npm run dlq -- look <queue> [--limit n]           its messages, which stay where they are
       npm run dlq -- replay <queue> --all | <id>...     back to where they came from
       npm run dlq -- discard <queue> --all | <id>...    forgotten for good
  --stage <name>   the queues of that stage in the AWS account of your credentials, not the local cloud's`;

/** @throws Error with the usage in its message */
export function requestOf(args: readonly string[]): Request {
  const { values, positionals } = parsed(args);
  const [command = 'list', queue = '', ...messages] = positionals;
  const limit = Number(values.limit ?? '10');
  const request = { stage: values.stage, queue, messages, all: values.all === true, limit };
  const whole = Number.isInteger(limit) && limit >= 1 && limit <= 1000;
  if (!whole) throw new Error(`--limit is a number from 1 to 1000\n${usage}`);
  if (command === 'list' && queue === '') return { ...request, command };
  if (command === 'look' && queue !== '' && messages.length === 0) return { ...request, command };
  // Neither by accident: all of them, or those that were looked at.
  if ((command === 'replay' || command === 'discard') && queue !== '') {
    if (request.all !== messages.length > 0) return { ...request, command };
  }
  throw new Error(usage);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        stage: { type: 'string' },
        all: { type: 'boolean' },
        limit: { type: 'string' },
      },
    });
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}
