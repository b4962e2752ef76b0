import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';

/** Properties of AWS::SecretsManager::Secret that matter here; the value comes from the caller. */
export interface SecretsManager {
  readonly url: string;
  readonly close: () => Promise<void>;
}

const requestSchema = z.object({ SecretId: z.string().min(1).max(2048) });
const bodyLimit = 64 * 1024;

/**
 * Secrets Manager's GetSecretValue over AWS JSON 1.1, which is all a running function asks of it.
 * @param secrets the values, by ARN and by name
 */
export async function startSecretsManager(
  secrets: ReadonlyMap<string, string>,
  options: { readonly port?: number } = {},
): Promise<SecretsManager> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(body));
    };
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bodyLimit) chunks.push(chunk);
    });
    request.on('end', () => {
      const target = request.headers['x-amz-target'];
      if (target !== 'secretsmanager.GetSecretValue') {
        answer(400, {
          __type: 'InvalidRequestException',
          Message: `The laptop's Secrets Manager knows GetSecretValue only, not ${String(target)}.`,
        });
        return;
      }
      const parsed = requestSchema.safeParse(parseJson(Buffer.concat(chunks).toString('utf8')));
      if (size > bodyLimit || !parsed.success) {
        answer(400, { __type: 'InvalidParameterException', Message: 'SecretId is missing.' });
        return;
      }
      const value = secrets.get(parsed.data.SecretId);
      if (value === undefined) {
        answer(400, {
          __type: 'ResourceNotFoundException',
          Message: "Secrets Manager can't find the specified secret.",
        });
        return;
      }
      answer(200, {
        ARN: parsed.data.SecretId,
        Name: parsed.data.SecretId,
        SecretString: value,
        VersionId: '00000000-0000-0000-0000-000000000001',
        VersionStages: ['AWSCURRENT'],
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('listens on no TCP port');
  return address.port;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
