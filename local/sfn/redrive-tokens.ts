interface Redriven {
  readonly token: string;
  readonly at: number;
}

const validMs = 15 * 60_000;
const kept = 10;

/** The tokens of an execution's last redrives, so that a request sent twice redrives once. */
export class RedriveTokens {
  /** By execution, the one redriven last at the end. */
  private readonly executions = new Map<string, readonly Redriven[]>();

  /** When the execution was redriven with this token. */
  find(executionArn: string, token: string | undefined, now: number): number | undefined {
    return this.of(executionArn, now).find((one) => one.token === token)?.at;
  }

  add(executionArn: string, token: string | undefined, now: number): void {
    if (token === undefined) return;
    const known = this.of(executionArn, now);
    this.executions.delete(executionArn);
    this.executions.set(executionArn, [...known, { token, at: now }].slice(-kept));
    for (const arn of this.executions.keys()) {
      if (this.of(arn, now).length > 0) break;
      this.executions.delete(arn);
    }
  }

  private of(executionArn: string, now: number): readonly Redriven[] {
    const known = this.executions.get(executionArn) ?? [];
    return known.filter((one) => now < one.at + validMs);
  }
}
