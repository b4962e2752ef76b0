import type * as z from 'zod';

/** An answer the demo did not expect: says which call, which status, and what came back. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
  readonly status: number;

  constructor(call: string, status: number, body: string) {
    super(`${call} answered ${status}: ${body.slice(0, 500)}`);
    this.status = status;
  }
}

export interface Call {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent form-encoded, as Stripe takes it. */
  readonly form?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

const callTimeout = 60_000;

export async function send(url: string, call: Call = {}): Promise<Answer> {
  const headers: Record<string, string> = { ...call.headers };
  if (call.token !== undefined) headers['authorization'] = `Bearer ${call.token}`;
  let body: string | undefined;
  if (call.body !== undefined) {
    headers['content-type'] = 'application/json';
    body = JSON.stringify(call.body);
  } else if (call.form !== undefined) {
    headers['content-type'] = 'application/x-www-form-urlencoded';
    body = new URLSearchParams(call.form).toString();
  }
  const response = await fetch(url, {
    method: call.method ?? (body === undefined ? 'GET' : 'POST'),
    headers,
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(callTimeout),
  });
  return { status: response.status, text: await response.text() };
}

/** Sends, and parses the answer by `schema`; throws UnexpectedAnswer unless the status is 2xx. */
export async function ask<T>(url: string, schema: z.ZodType<T>, call: Call = {}): Promise<T> {
  const answer = await send(url, call);
  if (answer.status < 200 || answer.status > 299) {
    throw new UnexpectedAnswer(`${call.method ?? 'call of'} ${url}`, answer.status, answer.text);
  }
  return schema.parse(answer.text === '' ? undefined : JSON.parse(answer.text));
}

/** Asks again until `done`; the demo's way to wait for a condition. `seconds` is real time. */
export async function until<T>(
  what: string,
  look: () => Promise<T>,
  done: (seen: T) => boolean,
  seconds = 60,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (done(seen)) return seen;
    if (Date.now() > end) {
      throw new Error(
        `waited ${seconds} s for ${what}; last seen: ${JSON.stringify(seen).slice(0, 500)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
