import type * as z from 'zod';
import type { ProductReader } from '../../domain/catalogue/ports.ts';
import { mergeLines } from '../../domain/orders/checkout.ts';
import { type PriceResult, priceCart, shopShippingRates } from '../../domain/orders/pricing.ts';
import type { orderSteps } from '../../domain/orders/steps.ts';

type Step = (typeof orderSteps)['price-cart'];
type Input = z.infer<Step['input']>;
type Output = z.infer<Step['output']>;

/** Prices the cart from the shop's own products; of the client's prices only the expected total is compared. */
export async function price(products: ProductReader, input: Input): Promise<Output> {
  const skus = mergeLines(input.items).map((line) => line.sku);
  const found = await products.productsBySku(skus);
  return answer(priceCart(input.items, found, shopShippingRates, input.expectedTotal));
}

function answer(result: PriceResult): Output {
  switch (result.outcome) {
    case 'priced':
      return { ...result, cart: { ...result.cart, lines: [...result.cart.lines] } };
    case 'unknown_sku':
      return { ...result, skus: [...result.skus] };
    case 'mixed_currencies':
      return { ...result, currencies: [...result.currencies] };
    case 'not_chargeable': {
      const { reason, limit } = result.check;
      return { outcome: result.outcome, total: result.total, reason, limit };
    }
    case 'total_changed':
      return result;
  }
}
