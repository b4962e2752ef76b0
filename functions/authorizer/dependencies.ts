import { createTokenVerifier } from '../../adapters/jwt/verifier.ts';
import type { Subject } from '../../domain/shared/ids.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly tokens: {
    /** Undefined where the token is not good. Throws TransientFault where that cannot be told. */
    verify(
      token: string,
    ): Promise<{ readonly subject: Subject; readonly groups: readonly string[] } | undefined>;
  };
}

export function dependencies(): Dependencies {
  const env = environment();
  return { tokens: createTokenVerifier({ issuer: env.JWT_ISSUER, clientId: env.JWT_CLIENT_ID }) };
}
