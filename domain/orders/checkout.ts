import * as z from 'zod';
import { skuSchema } from '../shared/ids.ts';
import { moneySchema } from '../shared/money.ts';

export const limits = {
  linesPerOrder: 50,
  piecesPerLine: 999,
  piecesPerOrder: 5000,
} as const;

const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, 'must not hold control characters');

export const addressSchema = z.strictObject({
  recipient: text(100),
  line1: text(200),
  line2: text(200).optional(),
  postalCode: text(20),
  city: text(100),
  /** ISO 3166-1 alpha-2. */
  country: z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 country code'),
  phone: z
    .string()
    .regex(/^\+[1-9][0-9]{6,14}$/, 'must be in E.164 form, like +4915112345678')
    .optional(),
});
export type Address = z.infer<typeof addressSchema>;

/** What is to happen when the warehouse cannot find every piece. */
export const shortagePolicySchema = z.enum(['partial', 'nothing']);
export type ShortagePolicy = z.infer<typeof shortagePolicySchema>;

export const cartLineSchema = z.strictObject({
  sku: skuSchema,
  quantity: z.int().min(1).max(limits.piecesPerLine),
});
export type CartLine = z.infer<typeof cartLineSchema>;

/** The body of `POST /orders`. Prices are not in it: they are the server's. */
export const checkoutBodySchema = z
  .strictObject({
    items: z.array(cartLineSchema).min(1).max(limits.linesPerOrder),
    shippingAddress: addressSchema,
    shortagePolicy: shortagePolicySchema.default('nothing'),
    /** What the customer was shown; compared with the server's total, never used in its place. */
    expectedTotal: moneySchema.optional(),
  })
  .refine(
    (body) => body.items.reduce((sum, item) => sum + item.quantity, 0) <= limits.piecesPerOrder,
    { path: ['items'], message: `at most ${limits.piecesPerOrder} pieces an order` },
  );
export type CheckoutBody = z.infer<typeof checkoutBodySchema>;

export const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{8,255}$/, 'must be 8 to 255 printable ASCII characters without spaces');

/** The cart with one line a SKU, in SKU order: two lines of one SKU are one wish. */
export function mergeLines(lines: readonly CartLine[]): readonly CartLine[] {
  const quantities = new Map<CartLine['sku'], number>();
  for (const line of lines) {
    quantities.set(line.sku, (quantities.get(line.sku) ?? 0) + line.quantity);
  }
  return [...quantities]
    .map(([sku, quantity]) => ({ sku, quantity }))
    .sort((a, b) => (a.sku < b.sku ? -1 : 1));
}
