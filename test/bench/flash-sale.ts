import { randomUUID } from 'node:crypto';
import { send } from '../../local/demo/http.ts';
import type { BenchCloud } from './cloud.ts';

export interface FlashSale {
  readonly buyers: number;
  readonly pieces: number;
  /** 201 */
  readonly sold: number;
  /** 409 */
  readonly refused: number;
  readonly otherAnswers: number;
}

/** Everybody wants one piece at the same moment. Nobody asks twice. */
export async function flashSale(
  { world }: BenchCloud,
  plan: { readonly buyers: number; readonly pieces: number; readonly sku: string },
): Promise<FlashSale> {
  const tokens: string[] = [];
  for (let buyer = 0; buyer < plan.buyers; buyer += 1) {
    tokens.push(await world.token(`buyer-${buyer}`, 'customer'));
  }
  const statuses = await Promise.all(
    tokens.map(async (token) => {
      const answer = await send(`${world.at.api}/orders`, {
        token,
        headers: { 'idempotency-key': randomUUID() },
        body: {
          items: [{ sku: plan.sku, quantity: 1 }],
          shippingAddress: {
            recipient: 'Ada Byron',
            line1: 'Torstrasse 1',
            postalCode: '10119',
            city: 'Berlin',
            country: 'DE',
          },
        },
      }).catch((error: unknown) => ({ status: 0, text: String(error) }));
      if (![201, 409].includes(answer.status)) {
        console.error(`flash sale: ${answer.status} ${answer.text.slice(0, 200)}`);
      }
      return answer.status;
    }),
  );
  const count = (wanted: number): number => statuses.filter((one) => one === wanted).length;
  const sold = count(201);
  const refused = count(409);
  const { buyers, pieces } = plan;
  return { buyers, pieces, sold, refused, otherAnswers: buyers - sold - refused };
}
