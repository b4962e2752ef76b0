-- The order's state in events and views, with what went into the parcel and what was refunded.
set local search_path = kassa, pg_temp;

create function order_extras(o orders, p payments) returns jsonb language sql stable as $$
  select
    case when p.status <> 'captured' then '{}' else coalesce((
      select jsonb_build_object('refundedAmount', coalesce(sum(r.amount) filter (where r.status = 'succeeded'), 0))
      from refunds r where r.order_id = p.order_id and r.generation = p.generation having count(*) > 0), '{}')
    end
    || case when o.status in ('awaiting_payment', 'authorised', 'confirmed', 'expired', 'released') then '{}'
      else coalesce((
        select jsonb_build_object('packedLines',
          jsonb_agg(jsonb_build_object('sku', r.sku, 'quantity', r.quantity) order by r.sku))
        from reservations r where r.order_id = o.order_id and r.status in ('packed', 'returned')
        having count(*) > 0), '{}')
    end
$$;

create or replace function write_events(p_orders uuid[], p_type text, p_now timestamptz) returns void
language plpgsql as $$
begin
  insert into outbox (kind, order_id, generation, sequence, source, type, detail, created_at, due_at)
  select 'event', o.order_id, o.generation, o.event_sequence, 'kassa.orders', p_type,
    jsonb_build_object(
      'eventId', gen_random_uuid(), 'type', p_type, 'version', 1, 'aggregate', 'order',
      'aggregateId', o.order_id, 'sequence', o.event_sequence, 'occurredAt', iso(p_now),
      'correlationId', o.correlation_id,
      'state', jsonb_build_object(
        'orderId', o.order_id, 'generation', o.generation, 'customerId', o.customer_id,
        'status', o.status, 'paymentStatus', p.status, 'currency', o.currency,
        'itemsTotal', o.items_total, 'shippingTotal', o.shipping_total, 'total', o.total,
        'capturedAmount', p.captured_amount, 'lines', l.lines,
        'placedAt', iso(o.placed_at), 'expiresAt', iso(o.expires_at)) || order_extras(o, p)),
    p_now, p_now
  from orders o
  join payments p on p.order_id = o.order_id and p.generation = o.generation
  cross join lateral (
    select jsonb_agg(jsonb_build_object(
      'sku', each.sku, 'name', each.name, 'quantity', each.quantity, 'unitPrice', each.unit_price)
      order by each.line) as lines
    from order_lines each where each.order_id = o.order_id
  ) l
  where o.order_id = any (p_orders);
end
$$;

create or replace function order_view(o orders) returns jsonb language sql stable as $$
  select jsonb_build_object('orderId', o.order_id, 'customerId', o.customer_id, 'status', o.status,
    'paymentStatus', p.status, 'currency', o.currency, 'itemsTotal', o.items_total,
    'shippingTotal', o.shipping_total, 'total', o.total, 'capturedAmount', p.captured_amount,
    'placedAt', iso(o.placed_at), 'expiresAt', iso(o.expires_at),
    'clientSecret', case when o.status = 'awaiting_payment' then p.client_secret end,
    'lines', (
      select jsonb_agg(jsonb_build_object('sku', l.sku, 'name', l.name, 'quantity', l.quantity,
        'unitPrice', l.unit_price) order by l.line)
      from order_lines l where l.order_id = o.order_id)) || order_extras(o, p)
  from payments p where p.order_id = o.order_id and p.generation = o.generation
$$;
