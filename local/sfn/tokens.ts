import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a task token says: which attempt of which thread of which execution waits for it. */
export interface TokenClaim {
  readonly execution: string;
  readonly thread: number;
  readonly attempt: string;
}

/** Makes and reads task tokens: a claim with its signature, so that a forged one is known without looking it up. */
export class Tokens {
  private readonly secret: string;

  constructor(secret: string) {
    this.secret = secret;
  }

  make(claim: TokenClaim): string {
    const body = Buffer.from(
      JSON.stringify([claim.execution, claim.thread, claim.attempt]),
    ).toString('base64');
    return `${body}.${this.sign(body)}`;
  }

  /** Undefined when we never made this token. */
  read(token: string): TokenClaim | undefined {
    const cut = token.indexOf('.');
    if (cut < 0) return undefined;
    const body = token.slice(0, cut);
    const given = Buffer.from(token.slice(cut + 1));
    const right = Buffer.from(this.sign(body));
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    const claim: unknown = JSON.parse(Buffer.from(body, 'base64').toString());
    if (!Array.isArray(claim)) return undefined;
    const [execution, thread, attempt]: unknown[] = claim;
    if (typeof execution !== 'string' || typeof thread !== 'number' || typeof attempt !== 'string')
      return undefined;
    return { execution, thread, attempt };
  }

  private sign(body: string): string {
    return createHmac('sha256', this.secret).update(body).digest('base64');
  }
}
