-- As in 0032, with the order and all its rows in one statement, and the event made from the cart at hand.
set local search_path = kassa, pg_temp;

create or replace function place_order(p_command jsonb, p_now timestamptz, p_expires_at timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare
  c_customer constant text := p_command ->> 'customerId';
  c_key constant text := p_command ->> 'idempotencyKey';
  c_order constant uuid := p_command ->> 'orderId';
  c_correlation constant text := p_command ->> 'correlationId';
  c_cart constant jsonb := p_command -> 'cart';
  c_lines constant jsonb := c_cart -> 'lines';
  c_currency constant text := c_cart ->> 'currency';
  c_items_total constant bigint := c_cart ->> 'itemsTotal';
  c_shipping_total constant bigint := c_cart ->> 'shippingTotal';
  c_total constant bigint := c_cart ->> 'total';
  c_placed_at constant text := iso(p_now);
  c_expires_at constant text := iso(p_expires_at);
  v_skus text[];
  v_quantities int[];
  v_taken int[] := '{}';
  v_shortages jsonb;
  v_available int;
  v_answer jsonb;
begin
  -- Of two requests with one key the second waits here for the first, before it holds anything.
  insert into checkout_requests values (c_customer, c_key, p_command ->> 'bodyHash', c_order) on conflict do nothing;
  if not found then
    v_answer := existing_request(c_customer, c_key, p_command ->> 'bodyHash');
    if v_answer is not null then return v_answer; end if;
    raise exception 'the request was given up at this moment' using errcode = 'serialization_failure';
  end if;

  select array_agg(w.sku order by w.sku), array_agg(w.quantity order by w.sku) into v_skus, v_quantities
  from (
    select l.sku, sum(l.quantity)::int as quantity
    from jsonb_to_recordset(c_lines) as l(sku text, quantity int) group by l.sku
  ) w;
  for i in 1 .. cardinality(v_skus) loop
    update stock set reserved = reserved + v_quantities[i]
    where sku = v_skus[i] and on_hand - reserved >= v_quantities[i];
    if found then
      v_taken := v_taken || i;
    else
      select on_hand - reserved into v_available from stock where sku = v_skus[i];
      -- Some may have come back since.
      v_shortages := coalesce(v_shortages, '[]') || jsonb_build_object('sku', v_skus[i],
        'requested', v_quantities[i], 'available', least(coalesce(v_available, 0), v_quantities[i] - 1));
    end if;
  end loop;
  if v_shortages is not null then
    for i in 1 .. cardinality(v_taken) loop
      update stock set reserved = reserved - v_quantities[v_taken[i]] where sku = v_skus[v_taken[i]];
    end loop;
    delete from checkout_requests where customer_id = c_customer and idempotency_key = c_key;
    return jsonb_build_object('outcome', 'short', 'shortages', v_shortages);
  end if;

  with placed as (
    insert into orders (order_id, generation, customer_id, idempotency_key, status, currency, items_total,
      shipping_total, total, shortage_policy, address_id, correlation_id, event_sequence, placed_at, expires_at,
      changed_at)
    values (c_order, 1, c_customer, c_key, 'awaiting_payment', c_currency, c_items_total, c_shipping_total, c_total,
      p_command ->> 'shortagePolicy', (p_command ->> 'addressId')::uuid, c_correlation, 1, p_now, p_expires_at, p_now)
  ), lines as (
    insert into order_lines (order_id, line, sku, name, quantity, unit_price, weight)
    select c_order, l.line, l.sku, l.name, l.quantity, l."unitPrice", l.weight
    from rows from (jsonb_to_recordset(c_lines)
      as (sku text, name text, quantity int, "unitPrice" bigint, weight int)) with ordinality
      as l(sku, name, quantity, "unitPrice", weight, line)
  ), owed as (
    insert into payments (order_id, generation, status, currency, amount, created_at, changed_at)
    values (c_order, 1, 'pending', c_currency, c_total, p_now, p_now)
  ), held as (
    insert into reservations
    select c_order, w.sku, w.quantity, 'held' from unnest(v_skus, v_quantities) as w(sku, quantity)
  ), moved as (
    insert into stock_movements (sku, order_id, reason, on_hand_change, reserved_change, at)
    select w.sku, c_order, 'reserve', 0, w.quantity, p_now from unnest(v_skus, v_quantities) as w(sku, quantity)
  )
  insert into outbox (kind, order_id, generation, sequence, source, type, detail, created_at, due_at)
  values ('event', c_order, 1, 1, 'kassa.orders', 'OrderPlaced', jsonb_build_object(
    'eventId', gen_random_uuid(), 'type', 'OrderPlaced', 'version', 1, 'aggregate', 'order', 'aggregateId', c_order,
    'sequence', 1, 'occurredAt', c_placed_at, 'correlationId', c_correlation,
    'state', jsonb_build_object(
      'orderId', c_order, 'generation', 1, 'customerId', c_customer, 'status', 'awaiting_payment',
      'paymentStatus', 'pending', 'currency', c_currency, 'itemsTotal', c_items_total,
      'shippingTotal', c_shipping_total, 'total', c_total, 'capturedAmount', 0,
      'lines', (select jsonb_agg(l.line - 'weight' order by l.place)
        from jsonb_array_elements(c_lines) with ordinality as l(line, place)),
      'placedAt', c_placed_at, 'expiresAt', c_expires_at)), p_now, p_now);
  return jsonb_build_object(
    'outcome', 'placed', 'orderId', c_order, 'generation', 1, 'total', c_total, 'currency', c_currency,
    'expiresAt', c_expires_at, 'correlationId', c_correlation, 'intentRecorded', false);
end
$$;
