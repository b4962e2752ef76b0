import { api } from '../shared/http/api.ts';
import { cancelOrder } from './cancel.ts';
import { checkout } from './checkout.ts';
import { type Dependencies, dependencies } from './dependencies.ts';
import { getOrder, getTimeline, listOrders } from './orders.ts';

export const ordersApi = api<Dependencies>({
  name: 'orders-api',
  routes: {
    'POST /orders': checkout,
    'GET /orders': listOrders,
    'GET /orders/{orderId}': getOrder,
    'GET /orders/{orderId}/timeline': getTimeline,
    'POST /orders/{orderId}/cancel': cancelOrder,
  },
});

export const handler = ordersApi(dependencies);
