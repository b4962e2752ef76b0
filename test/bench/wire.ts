import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/**
 * The least client there can be for one statement: prepared once, then bound and executed in one write, its one value
 * read as text. For a floor, where the client's own processor time is in the way of what is measured.
 * https://www.postgresql.org/docs/17/protocol-message-formats.html
 */
export class OneStatement {
  private readonly socket: Socket;
  private received: Buffer = Buffer.alloc(0);
  private value = '';
  private failure: string | undefined;
  private waiting: PromiseWithResolvers<string> | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (data) => this.read(data));
    socket.on('error', (error) => this.waiting?.reject(error));
  }

  /** @throws Error with the server's words where it refuses the session or the statement */
  static async prepare(
    to: {
      readonly host: string;
      readonly port: number;
      readonly database: string;
      readonly user: string;
    },
    statement: string,
  ): Promise<OneStatement> {
    const socket = connect({ host: to.host, port: to.port, noDelay: true });
    await once(socket, 'connect');
    const client = new OneStatement(socket);
    const names = `user\0${to.user}\0database\0${to.database}\0\0`;
    // Version 3.0 of the protocol.
    await client.send(message('', Buffer.concat([Buffer.from([0, 3, 0, 0]), Buffer.from(names)])));
    const parse = message('P', Buffer.concat([Buffer.from(`\0${statement}\0`), Buffer.alloc(2)]));
    await client.send(Buffer.concat([parse, sync]));
    return client;
  }

  /** The first column of the only row. */
  run(parameters: readonly string[]): Promise<string> {
    const parts = parameters.flatMap((parameter) => {
      const text = Buffer.from(parameter);
      return [int32(text.length), text];
    });
    // No names, all in text both ways.
    const bind = message(
      'B',
      Buffer.concat([Buffer.alloc(4), int16(parameters.length), ...parts, int16(0)]),
    );
    return this.send(Buffer.concat([bind, execute, sync]));
  }

  end(): void {
    this.socket.end(message('X', Buffer.alloc(0)));
  }

  private send(bytes: Buffer): Promise<string> {
    const waiting = Promise.withResolvers<string>();
    this.waiting = waiting;
    this.socket.write(bytes);
    return waiting.promise;
  }

  private read(data: Buffer): void {
    const all = this.received.length === 0 ? data : Buffer.concat([this.received, data]);
    let at = 0;
    while (all.length - at >= 5) {
      const end = at + 1 + all.readInt32BE(at + 1);
      if (all.length < end) break;
      this.take(String.fromCharCode(all.readUInt8(at)), all.subarray(at + 5, end));
      at = end;
    }
    this.received = all.subarray(at);
  }

  private take(type: string, body: Buffer): void {
    if (type === 'D') this.value = body.toString('utf8', 6, 6 + body.readInt32BE(2));
    if (type === 'E') this.failure = body.toString('utf8').replaceAll('\0', ' ');
    if (type !== 'Z') return;
    const { waiting, failure } = this;
    this.waiting = undefined;
    this.failure = undefined;
    if (failure === undefined) waiting?.resolve(this.value);
    else waiting?.reject(new Error(failure));
  }
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

const execute = message('E', Buffer.alloc(5));
const sync = message('S', Buffer.alloc(0));
