import * as z from 'zod';

/** What the thread says once: that it listens, or why it does not. */
export const wordSchema = z.union([
  z.object({ listening: z.literal(true) }),
  z.object({ failed: z.string() }),
]);
export type Word = z.infer<typeof wordSchema>;
