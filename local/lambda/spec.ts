/** One function as the workers need it. */
export interface FunctionSpec {
  readonly name: string;
  readonly arn: string;
  /** The bundled module and the name it exports the handler under. */
  readonly file: string;
  readonly exported: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** ReservedConcurrentExecutions; 0 refuses every invocation. */
  readonly reserved?: number;
}

/** What a function answered: its result, or with `functionError` the runtime's error object. */
export interface Answer {
  readonly payload: unknown;
  readonly functionError?: 'Unhandled';
  readonly requestId: string;
}

/** The runtime's error object. */
export interface RuntimeError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[] | undefined;
}

/** An error AWS answers in place of invoking; `name` is the code. */
export class InvokeRefused extends Error {
  override readonly name: string;
  readonly status: number;
  constructor(name: string, status: number, message: string) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

/** The name in `name`, `name:qualifier`, a partial or a whole function ARN. */
export function functionName(nameOrArn: string): string {
  const match = /(?:^|:)function:([^:]+)/.exec(nameOrArn);
  return match?.[1] ?? nameOrArn.split(':')[0] ?? nameOrArn;
}
