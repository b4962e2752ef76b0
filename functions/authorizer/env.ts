import * as z from 'zod';
import { readEnv } from '../shared/env.ts';

const schema = z.object({
  /** Without a slash at the end, as the tokens' `iss` has it. */
  JWT_ISSUER: z.url({ protocol: /^https?$/ }),
  JWT_CLIENT_ID: z.string().min(1),
  ACCESS_TABLE: z.string().min(1),
  STAGE_NAME: z.string().min(1),
});

export const environment = () => readEnv(schema);
