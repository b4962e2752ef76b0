import { type OrderId, orderIdSchema } from '../../domain/shared/ids.ts';

/**
 * A UUID of version 7: 48 bits of milliseconds, then the ten random bytes less the bits of version and variant.
 * https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
 */
export function newOrderId(now: Date, random: Uint8Array): OrderId {
  const time = now.getTime().toString(16).padStart(12, '0');
  const bytes = Uint8Array.from(random);
  bytes[0] = ((bytes[0] ?? 0) & 0x0f) | 0x70;
  bytes[2] = ((bytes[2] ?? 0) & 0x3f) | 0x80;
  const hex = time + Buffer.from(bytes).toString('hex');
  return orderIdSchema.parse(
    [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
      '-',
    ),
  );
}
