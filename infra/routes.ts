import type { FunctionName } from './functions.ts';

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
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
  { method: 'GET', path: '/warehouse/stock', handler: 'warehouse-api', access: 'token' },
  { method: 'POST', path: '/warehouse/receipts', handler: 'warehouse-api', access: 'token' },
  { method: 'POST', path: '/warehouse/corrections', handler: 'warehouse-api', access: 'token' },
  { method: 'GET', path: '/warehouse/returns', handler: 'warehouse-api', access: 'token' },
  {
    method: 'POST',
    path: '/warehouse/tasks/{taskId}/return-received',
    handler: 'warehouse-api',
    access: 'token',
  },
  { method: 'GET', path: '/operations/orders', handler: 'operations-api', access: 'token' },
  {
    method: 'GET',
    path: '/operations/orders/{orderId}',
    handler: 'operations-api',
    access: 'token',
  },
  {
    method: 'POST',
    path: '/operations/orders/{orderId}/refunds',
    handler: 'operations-api',
    access: 'token',
  },
  {
    method: 'POST',
    path: '/operations/orders/{orderId}/waits/{step}/{round}/end',
    handler: 'operations-api',
    access: 'token',
  },
  { method: 'GET', path: '/operations/findings', handler: 'operations-api', access: 'token' },
  {
    method: 'POST',
    path: '/operations/findings/{findingId}/resolve',
    handler: 'operations-api',
    access: 'token',
  },
  { method: 'POST', path: '/operations/api-keys', handler: 'operations-api', access: 'token' },
  { method: 'GET', path: '/operations/api-keys', handler: 'operations-api', access: 'token' },
  {
    method: 'DELETE',
    path: '/operations/api-keys/{keyId}',
    handler: 'operations-api',
    access: 'token',
  },
  { method: 'POST', path: '/webhooks/stripe', handler: 'stripe-webhook', access: 'open' },
];
