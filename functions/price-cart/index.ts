import { orderSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';
import { price } from './price.ts';

export const priceCartStep = step({
  name: 'price-cart',
  ...orderSteps['price-cart'],
  run: ({ products }: Dependencies, input) => price(products, input),
});

export const handler = priceCartStep(dependencies);
