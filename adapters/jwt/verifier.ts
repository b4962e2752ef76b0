import { JwtVerifier } from 'aws-jwt-verify';
import {
  FailedAssertionError,
  JwtBaseError,
  JwtInvalidSignatureError,
  JwtParseError,
  JwtWithoutValidKidError,
  KidNotFoundInJwksError,
  ParameterValidationError,
  WaitPeriodNotYetEndedJwkError,
} from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import * as z from 'zod';
import { TransientFault } from '../../domain/shared/errors.ts';
import { type Subject, subjectSchema } from '../../domain/shared/ids.ts';
import { jwksFetcher } from './fetcher.ts';

export interface Identity {
  readonly subject: Subject;
  /** As the user pool names them. */
  readonly groups: readonly string[];
}

/** An access token of Cognito: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html */
const claimsSchema = z.object({
  sub: subjectSchema,
  token_use: z.literal('access'),
  client_id: z.string(),
  exp: z.number(),
  'cognito:groups': z.array(z.string()).default([]),
});

/**
 * Verifies access tokens of one issuer and client. Keys are fetched from the issuer and kept for the worker's life;
 * an unknown key id fetches them again, at most every ten seconds.
 * `verify` answers undefined where the token is not good, for whatever reason.
 * @throws TransientFault `jwks_unavailable` where the issuer's keys cannot be had: then the token is not known to be bad.
 */
export function createTokenVerifier(options: {
  readonly issuer: string;
  readonly clientId: string;
}): { verify(token: string): Promise<Identity | undefined> } {
  const verifier = JwtVerifier.create(
    {
      issuer: options.issuer,
      jwksUri: `${options.issuer}/.well-known/jwks.json`,
      // Cognito's access tokens carry no audience: the client id stands in its place and is checked below.
      audience: null,
    },
    { jwksCache: new SimpleJwksCache({ fetcher: jwksFetcher() }) },
  );
  return {
    async verify(token) {
      try {
        const claims = claimsSchema.safeParse(await verifier.verify(token));
        if (!claims.success || claims.data.client_id !== options.clientId) return undefined;
        return { subject: claims.data.sub, groups: claims.data['cognito:groups'] };
      } catch (cause) {
        if (isBadToken(cause)) return undefined;
        throw new TransientFault('jwks_unavailable', 'the issuer’s keys cannot be had', { cause });
      }
    },
  };
}

function isBadToken(error: unknown): boolean {
  return (
    error instanceof JwtBaseError &&
    [
      FailedAssertionError,
      JwtInvalidSignatureError,
      JwtParseError,
      JwtWithoutValidKidError,
      KidNotFoundInJwksError,
      ParameterValidationError,
      WaitPeriodNotYetEndedJwkError,
    ].some((bad) => error instanceof bad)
  );
}
