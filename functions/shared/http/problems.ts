import { type ProblemCode, problems } from '../../../domain/shared/problems.ts';

export { type ProblemCode, problems };

/** A place in the request that does not fit. `pointer` is a JSON pointer into the body (`#/items/0`), or `?name`. */
export interface FieldError {
  readonly pointer: string;
  readonly message: string;
}

type Reserved = 'type' | 'title' | 'status' | 'detail' | 'instance' | 'errors';

/** Members of a problem beside the standard ones, whose names they may not take. */
export type Extensions = Readonly<Record<string, unknown>> & {
  readonly [Name in Reserved]?: never;
};

/** Thrown anywhere in an API function to end the request with a problem. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[] | undefined;
  readonly extensions: Extensions;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    more: {
      readonly errors?: readonly FieldError[];
      readonly extensions?: Extensions;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(problems[code].title);
    this.code = code;
    this.errors = more.errors;
    this.extensions = more.extensions ?? {};
    this.headers = more.headers ?? {};
  }
}
