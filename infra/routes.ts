import type { FunctionName } from './functions.ts';

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly handler: FunctionName;
  /** `token`: a signed-in user. `open`: the handler itself checks who calls. */
  readonly access: 'token' | 'open';
}

/** The REST API, but for `GET /health`, which API Gateway answers itself. */
export const routes: readonly Route[] = [
  { method: 'POST', path: '/orders', handler: 'orders-api', access: 'token' },
  { method: 'GET', path: '/orders', handler: 'orders-api', access: 'token' },
  { method: 'GET', path: '/orders/{orderId}', handler: 'orders-api', access: 'token' },
  { method: 'GET', path: '/orders/{orderId}/timeline', handler: 'orders-api', access: 'token' },
  { method: 'POST', path: '/orders/{orderId}/cancel', handler: 'orders-api', access: 'token' },
  { method: 'GET', path: '/warehouse/tasks', handler: 'warehouse-api', access: 'token' },
  {
    method: 'POST',
    path: '/warehouse/tasks/{taskId}/claim',
    handler: 'warehouse-api',
    access: 'token',
  },
  {
    method: 'POST',
    path: '/warehouse/tasks/{taskId}/complete',
    handler: 'warehouse-api',
    access: 'token',
  },
  {
    method: 'POST',
    path: '/warehouse/orders/{orderId}/cancel',
    handler: 'warehouse-api',
    access: 'token',
  },
  { method: 'GET', path: '/courier/deliveries', handler: 'courier-api', access: 'token' },
  {
    method: 'POST',
    path: '/courier/deliveries/{deliveryId}/accept',
    handler: 'courier-api',
    access: 'token',
  },
  {
    method: 'POST',
    path: '/courier/deliveries/{deliveryId}/delivered',
    handler: 'courier-api',
    access: 'token',
  },
  {
    method: 'POST',
    path: '/courier/deliveries/{deliveryId}/failed',
    handler: 'courier-api',
    access: 'token',
  },
  {
    method: 'POST',
    path: '/courier/deliveries/{deliveryId}/lost',
    handler: 'courier-api',
    access: 'token',
  },
  { method: 'POST', path: '/webhooks/stripe', handler: 'stripe-webhook', access: 'open' },
];
