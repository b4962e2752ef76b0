import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type * as z from 'zod';
import { PermanentFault } from '../../domain/shared/errors.ts';
import { awsFault } from '../aws/faults.ts';

/**
 * Reads a secret that holds JSON of the given form.
 * @throws TransientFault where Secrets Manager cannot be reached or throttles.
 * @throws PermanentFault `bad_secret` where it holds something else; what it holds is not told.
 */
export async function readSecret<T>(
  client: SecretsManagerClient,
  secretArn: string,
  schema: z.ZodType<T>,
): Promise<T> {
  const { SecretString: text } = await client
    .send(new GetSecretValueCommand({ SecretId: secretArn }))
    .catch((cause: unknown) => {
      throw awsFault('secret', cause);
    });
  const parsed = schema.safeParse(parseJson(text ?? ''));
  if (!parsed.success)
    throw new PermanentFault('bad_secret', 'the secret has not the form it must have');
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
