import type { OrderView } from '../../domain/orders/ports.ts';

/** An order as the API shows it: without its customer, and without the client secret. */
export function orderBody(order: OrderView) {
  const { currency } = order;
  const money = (amount: number) => ({ amount, currency });
  return {
    orderId: order.orderId,
    status: order.status,
    paymentStatus: order.paymentStatus,
    total: money(order.total),
    itemsTotal: money(order.itemsTotal),
    shippingTotal: money(order.shippingTotal),
    capturedAmount: money(order.capturedAmount),
    ...(order.refundedAmount === undefined ? {} : { refundedAmount: money(order.refundedAmount) }),
    lines: order.lines.map(({ sku, name, quantity, unitPrice }) => ({
      sku,
      name,
      quantity,
      unitPrice: money(unitPrice),
    })),
    ...(order.packedLines === undefined ? {} : { packedLines: order.packedLines }),
    placedAt: order.placedAt,
    expiresAt: order.expiresAt,
  };
}
