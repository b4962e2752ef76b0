import { get as getOverHttp } from 'node:http';
import { SimpleFetcher } from 'aws-jwt-verify/https';

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);
const limits = { milliseconds: 1500, bytes: 256 * 1024 } as const;

/**
 * Fetches keys over HTTPS; over plain HTTP from loopback alone, where a laptop's issuer answers.
 */
export function jwksFetcher() {
  const https = new SimpleFetcher();
  return {
    fetch: (uri: string): Promise<ArrayBuffer> => {
      const { protocol, hostname } = new URL(uri);
      if (protocol === 'http:' && loopback.has(hostname)) return fetchFromLoopback(uri);
      return https.fetch(uri);
    },
  };
}

async function fetchFromLoopback(uri: string): Promise<ArrayBuffer> {
  const { promise, resolve, reject } = Promise.withResolvers<ArrayBuffer>();
  const request = getOverHttp(uri, { timeout: limits.milliseconds }, (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limits.bytes) response.destroy(new Error('the key set is too large'));
      chunks.push(chunk);
    });
    response.on('error', reject);
    response.on('end', () => {
      if (response.statusCode !== 200)
        reject(new Error(`the issuer answered ${response.statusCode}`));
      else resolve(new Uint8Array(Buffer.concat(chunks)).buffer);
    });
  });
  request.on('timeout', () => request.destroy(new Error('the issuer did not answer in time')));
  request.on('error', reject);
  return promise;
}
