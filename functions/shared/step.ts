import * as z from 'zod';
import { InvalidInputFault } from '../../domain/shared/errors.ts';
import { correlationIdSchema, orderIdSchema } from '../../domain/shared/ids.ts';
import { once } from './once.ts';
import { observed } from './telemetry.ts';

/** Only what has the right form becomes a log key, also where the input as a whole does not. */
const keysSchema = z
  .object({
    orderId: orderIdSchema.optional().catch(undefined),
    correlationId: correlationIdSchema.optional().catch(undefined),
  })
  .catch({});

/** A machine's step: the contract it has in domain/orders/steps.ts and the work behind it. */
export interface StepSpec<Input, Output, Dependencies> {
  /** The folder's name. */
  readonly name: string;
  readonly input: z.ZodType<Input>;
  /** Checked by the compiler against what `run` answers. */
  readonly output: z.ZodType<Output>;
  readonly run: (dependencies: Dependencies, input: Input, now: Date) => Promise<Output>;
}

/**
 * Makes a step of its spec; call it with the function that composes its dependencies to get the Lambda handler.
 * The handler parses its input, reads the clock once, and lets every error out under its own name.
 * @throws InvalidInputFault `invalid_input`, naming the places that do not fit and never what stood there.
 */
export function step<Input, Output, Dependencies>(spec: StepSpec<Input, Output, Dependencies>) {
  return (compose: () => Dependencies | Promise<Dependencies>) => {
    const dependencies = once(compose);
    return (event: unknown): Promise<Output> => {
      const now = new Date();
      return observed(spec.name, keysSchema.parse(event), async () => {
        const input = parseInput(spec.input, event);
        return await spec.run(await dependencies(), input, now);
      });
    };
  };
}

export function parseInput<T>(schema: z.ZodType<T>, event: unknown): T {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map((issue) => `${issue.path.join('.') || '.'} ${issue.code}`);
  throw new InvalidInputFault('invalid_input', places.slice(0, 10).join(', '));
}
