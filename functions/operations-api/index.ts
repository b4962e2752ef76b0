import { api } from '../shared/http/api.ts';
import { type Dependencies, dependencies } from './dependencies.ts';
import { listFindings, resolveFinding } from './findings.ts';
import { issueKey, listKeys, revokeKey } from './keys.ts';
import { findOrders, inspectOrder } from './orders.ts';
import { requestRefund } from './refunds.ts';
import { endWait } from './waits.ts';

export const operationsApi = api<Dependencies>({
  name: 'operations-api',
  routes: {
    'GET /operations/orders': findOrders,
    'GET /operations/orders/{orderId}': inspectOrder,
    'POST /operations/orders/{orderId}/refunds': requestRefund,
    'POST /operations/orders/{orderId}/waits/{step}/{round}/end': endWait,
    'GET /operations/findings': listFindings,
    'POST /operations/findings/{findingId}/resolve': resolveFinding,
    'POST /operations/api-keys': issueKey,
    'GET /operations/api-keys': listKeys,
    'DELETE /operations/api-keys/{keyId}': revokeKey,
  },
});

export const handler = operationsApi(dependencies);
