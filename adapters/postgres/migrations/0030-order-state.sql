-- As in 0010, 0013, 0014 and 0015, in PL/pgSQL: a function in SQL that looks at tables is parsed and planned anew by
-- every statement that calls it, which cost more than all the rest of an event. An event is made from the rows that
-- its writer has in hand.
set local search_path = kassa, pg_temp;

-- What went into the parcel and what was refunded, where there is any.
create or replace function order_extras(o orders, p payments) returns jsonb language plpgsql stable as $$
declare v_refunded bigint; v_packed jsonb; v_extras jsonb := '{}';
begin
  if p.status = 'captured' then
    select coalesce(sum(r.amount) filter (where r.status = 'succeeded'), 0) into v_refunded
    from refunds r where r.order_id = p.order_id and r.generation = p.generation having count(*) > 0;
    if found then v_extras := jsonb_build_object('refundedAmount', v_refunded); end if;
  end if;
  if o.status not in ('awaiting_payment', 'authorised', 'confirmed', 'expired', 'released') then
    select jsonb_agg(jsonb_build_object('sku', r.sku, 'quantity', r.quantity) order by r.sku) into v_packed
    from reservations r where r.order_id = o.order_id and r.status in ('packed', 'returned');
    if v_packed is not null then v_extras := v_extras || jsonb_build_object('packedLines', v_packed); end if;
  end if;
  return v_extras;
end
$$;

create function lines_view(p_order uuid) returns jsonb language plpgsql stable as $$
begin
  return (
    select jsonb_agg(jsonb_build_object('sku', l.sku, 'name', l.name, 'quantity', l.quantity,
      'unitPrice', l.unit_price) order by l.line)
    from order_lines l where l.order_id = p_order);
end
$$;

create or replace function order_view(o orders) returns jsonb language plpgsql stable as $$
declare p payments;
begin
  select * into p from payments where order_id = o.order_id and generation = o.generation;
  if not found then return null; end if;
  return jsonb_build_object('orderId', o.order_id, 'customerId', o.customer_id, 'status', o.status,
    'paymentStatus', p.status, 'currency', o.currency, 'itemsTotal', o.items_total,
    'shippingTotal', o.shipping_total, 'total', o.total, 'capturedAmount', p.captured_amount,
    'placedAt', iso(o.placed_at), 'expiresAt', iso(o.expires_at),
    'clientSecret', case when o.status = 'awaiting_payment' then p.client_secret end,
    'lines', lines_view(o.order_id)) || order_extras(o, p);
end
$$;

-- The event of a change, with the order's whole state, from its row and its payment's as they are now.
create function write_event(o orders, p payments, p_type text, p_now timestamptz) returns void language plpgsql as $$
begin
  insert into outbox (kind, order_id, generation, sequence, source, type, detail, created_at, due_at)
  values ('event', o.order_id, o.generation, o.event_sequence, 'kassa.orders', p_type, jsonb_build_object(
    'eventId', gen_random_uuid(), 'type', p_type, 'version', 1, 'aggregate', 'order',
    'aggregateId', o.order_id, 'sequence', o.event_sequence, 'occurredAt', iso(p_now),
    'correlationId', o.correlation_id,
    'state', jsonb_build_object(
      'orderId', o.order_id, 'generation', o.generation, 'customerId', o.customer_id,
      'status', o.status, 'paymentStatus', p.status, 'currency', o.currency,
      'itemsTotal', o.items_total, 'shippingTotal', o.shipping_total, 'total', o.total,
      'capturedAmount', p.captured_amount, 'lines', lines_view(o.order_id),
      'placedAt', iso(o.placed_at), 'expiresAt', iso(o.expires_at)) || order_extras(o, p)), p_now, p_now);
end
$$;

-- The same for orders whose rows are not in hand.
create or replace function write_events(p_orders uuid[], p_type text, p_now timestamptz) returns void
language plpgsql as $$
declare v_order uuid; o orders; p payments;
begin
  foreach v_order in array p_orders loop
    select * into strict o from orders where order_id = v_order;
    select * into strict p from payments where order_id = v_order and generation = o.generation;
    perform write_event(o, p, p_type, p_now);
  end loop;
end
$$;

create or replace function pick_task_view(t warehouse_tasks) returns jsonb language plpgsql stable as $$
declare v_lines jsonb;
begin
  select jsonb_agg(jsonb_build_object('sku', r.sku, 'quantity', r.quantity, 'name', (
    select l.name from order_lines l where l.order_id = r.order_id and l.sku = r.sku order by l.line limit 1))
    order by r.sku) into v_lines
  from reservations r where r.order_id = t.order_id and r.status <> 'released';
  return jsonb_build_object('taskId', t.task_id, 'orderId', t.order_id, 'kind', t.kind, 'status', t.status,
    'claimedBy', t.claimed_by, 'openedAt', iso(t.opened_at), 'lines', coalesce(v_lines, '[]'));
end
$$;

create or replace function price_of_picked(p_order uuid, p_picked jsonb) returns bigint language plpgsql stable as $$
begin
  return (
    select coalesce(sum(l.unit_price * greatest(0, least(l.quantity, k.quantity - l.earlier))), 0)::bigint
    from (
      select sku, unit_price, quantity, sum(quantity) over (partition by sku order by line) - quantity as earlier
      from order_lines where order_id = p_order
    ) l
    join (
      select each.sku, sum(each.quantity) as quantity
      from jsonb_to_recordset(p_picked) as each(sku text, quantity int) group by each.sku
    ) k on k.sku = l.sku);
end
$$;

create or replace function stock_view(s stock) returns jsonb language plpgsql stable as $$
begin
  return jsonb_build_object('sku', s.sku, 'name', (select p.name from products p where p.sku = s.sku),
    'onHand', s.on_hand, 'reserved', s.reserved);
end
$$;

create or replace function refundable(p payments) returns bigint language plpgsql stable as $$
begin
  return p.captured_amount - (
    select coalesce(sum(r.amount), 0)::bigint from refunds r
    where r.order_id = p.order_id and r.generation = p.generation and r.status <> 'failed');
end
$$;
