import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type * as z from 'zod';
import { NotYetFault, PermanentFault } from '../../domain/shared/errors.ts';
import { awsFault } from '../aws/faults.ts';

/**
 * Reads a secret that holds JSON of the given form.
 * @throws TransientFault where Secrets Manager cannot be reached or throttles.
 * @throws NotYetFault `secret_refused` where it may not be read, `bad_secret` where it holds something else; what it
 * holds is not told. Neither says anything about what the secret was wanted for: somebody has to put it right.
 */
export async function readSecret<T>(
  client: SecretsManagerClient,
  secretArn: string,
  schema: z.ZodType<T>,
): Promise<T> {
  const { SecretString: text } = await client
    .send(new GetSecretValueCommand({ SecretId: secretArn }))
    .catch((cause: unknown) => {
      const fault = awsFault('secret', cause);
      throw fault instanceof PermanentFault
        ? new NotYetFault(fault.code, 'the secret may not be read', { cause })
        : fault;
    });
  const parsed = schema.safeParse(parseJson(text ?? ''));
  if (!parsed.success)
    throw new NotYetFault('bad_secret', 'the secret has not the form it must have');
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's error quotes the text, which is a secret.
    return undefined;
  }
}
