import * as z from 'zod';

/** What the secret of the database's administrator holds, among other things that RDS puts there. */
export const adminSecretSchema = z.object({
  username: z.string().min(1),
  password: z.string().min(1),
});
