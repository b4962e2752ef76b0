import { warehouseOperations } from '../../domain/api/warehouse.ts';
import type { Route } from '../shared/http/api.ts';
import { readBody } from '../shared/http/body.ts';
import { requireGroup } from '../shared/http/caller.ts';
import { readIdempotencyKey } from '../shared/http/idempotency.ts';
import { HttpProblem } from '../shared/http/problems.ts';
import { readQuery } from '../shared/http/schema.ts';
import type { Dependencies } from './dependencies.ts';

/** `GET /warehouse/stock`: in SKU order. `next` is what to send as `after` for the page after. */
export const listStock: Route<Dependencies> = async (dependencies, request) => {
  requireGroup(request, ...warehouseOperations.stock.groups);
  const { sku, limit, after } = readQuery(request, warehouseOperations.stock.query);
  const stock = await dependencies.stock.stock({
    limit,
    ...(sku === undefined ? {} : { sku }),
    ...(after === undefined ? {} : { after }),
  });
  const last = stock.at(-1);
  return {
    status: 200,
    body: { stock, ...(last !== undefined && stock.length === limit ? { next: last.sku } : {}) },
  };
};

/** `POST /warehouse/receipts` */
export const receiveGoods: Route<Dependencies> = async (dependencies, request, { now }) => {
  const { subject } = requireGroup(request, 'warehouse');
  const key = readIdempotencyKey(request);
  const { lines, reason } = readBody(request, warehouseOperations.receive.body);
  const result = await dependencies.stock.receiveGoods(lines, { subject, reason, key }, now);
  switch (result.outcome) {
    case 'received':
      return { status: 201, body: { stock: result.levels } };
    case 'unknown_sku':
      throw new HttpProblem('unknown-products', { extensions: { skus: result.skus } });
    case 'key_reused':
      throw new HttpProblem('idempotency-key-reused');
  }
};

/** `POST /warehouse/corrections`: what was counted is the truth, so it is never refused for being too little. */
export const correctStock: Route<Dependencies> = async (dependencies, request, { now }) => {
  const { subject } = requireGroup(request, 'warehouse');
  const key = readIdempotencyKey(request);
  const { sku, counted, reason } = readBody(request, warehouseOperations.correct.body);
  const { stock, nudge } = dependencies;
  const result = await stock.correctStock(sku, counted, { subject, reason, key }, now);
  switch (result.outcome) {
    case 'corrected': {
      const { level, cancelledOrders, shortOrders } = result;
      if (cancelledOrders.length + shortOrders.length > 0) {
        await Promise.all([nudge.mailbox(), nudge.outbox()]);
      }
      return { status: 201, body: { level, cancelledOrders, shortOrders } };
    }
    case 'unknown_sku':
      throw new HttpProblem('unknown-products', { extensions: { skus: result.skus } });
    case 'key_reused':
      throw new HttpProblem('idempotency-key-reused');
  }
};
