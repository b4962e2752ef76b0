import { ServiceError } from './errors.ts';

/** One fault of a definition, as ValidateStateMachineDefinition tells it. */
export interface Diagnostic {
  readonly code: string;
  readonly message: string;
  /** `/States/A/Choices[0]/Next`; faults of the whole machine have none. */
  readonly location?: string | undefined;
}

/** A definition that is refused, with every fault found in it. */
export class InvalidDefinition extends ServiceError {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    const told = diagnostics.map(
      ({ code, message, location }) => `${code}: ${message} at ${location ?? 'null'}`,
    );
    super('InvalidDefinition', `Invalid State Machine Definition: '${told.join(', ')}'`);
    this.diagnostics = diagnostics;
  }
}

/** The faults found so far. */
export class Faults {
  private readonly found: Diagnostic[] = [];

  add(code: string, message: string, location?: string): void {
    this.found.push({ code, message, location });
  }

  schema(message: string, location: string): void {
    this.add('SCHEMA_VALIDATION_FAILED', message, location);
  }

  /** @throws InvalidDefinition if there are any */
  check(): void {
    if (this.found.length > 0) throw new InvalidDefinition(this.found);
  }
}
