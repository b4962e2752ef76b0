import { createHash, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type ApiKeyId, apiKeyIdSchema } from '../../domain/access/api-key.ts';

/** Bytes of a key that nobody can guess. */
export const secretLength = 32;

const form = /^kassa_([0-9a-f]{20})_[0-9a-f]{64}([0-9a-f]{8})$/;

/**
 * A key as its holder has it: `kassa_<id>_<secret><checksum>`. By its prefix and its CRC-32 a scanner of leaked
 * secrets knows one without asking, and so do we, who need not look up what is none.
 */
export function writeApiKey(keyId: ApiKeyId, secret: Uint8Array): string {
  const body = `kassa_${keyId}_${Buffer.from(secret).toString('hex')}`;
  return body + checksum(body);
}

/** The id in a well-formed key; undefined for everything else. */
export function readApiKeyId(key: string): ApiKeyId | undefined {
  const [, keyId, sum] = form.exec(key) ?? [];
  if (keyId === undefined || sum !== checksum(key.slice(0, -8))) return undefined;
  return apiKeyIdSchema.parse(keyId);
}

/** SHA-256, hexadecimal: all that is kept of a key. 256 bits by chance need no salt and no slow hash. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** Takes the same time wherever the two differ. */
export function isHashOf(key: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashApiKey(key), 'hex'), Buffer.from(hash, 'hex'));
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
