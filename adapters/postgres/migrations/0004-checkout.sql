set local search_path = kassa, pg_temp;

create function keep_address(
  p_address_id uuid, p_customer text, p_address jsonb, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  insert into order_addresses values (p_address_id, p_customer, p_address, p_now) on conflict do nothing;
  return to_jsonb(p_address_id);
end
$$;

-- What place_order answers to a request that stands already; null where there is none.
create function existing_request(p_customer text, p_key text, p_body_hash text) returns jsonb language plpgsql as $$
declare v_hash text; v_order uuid; v_answer jsonb;
begin
  select body_hash, order_id into v_hash, v_order from checkout_requests
  where customer_id = p_customer and idempotency_key = p_key;
  if not found then return null; end if;
  if v_hash <> p_body_hash then return '{"outcome": "key_reused"}'; end if;
  select jsonb_build_object(
    'outcome', 'existing', 'orderId', o.order_id, 'generation', o.generation, 'total', o.total,
    'currency', o.currency, 'expiresAt', iso(o.expires_at), 'correlationId', o.correlation_id,
    'intentRecorded', p.payment_intent_id is not null)
  into strict v_answer
  from orders o join payments p on p.order_id = o.order_id and p.generation = o.generation
  where o.order_id = v_order;
  return v_answer;
end
$$;

-- Order and reservations in one transaction, or what is short. The stock is locked before the request is inserted,
-- so a shortage leaves nothing behind; of two requests with one key the second finds the first at the insert.
create function place_order(p_command jsonb, p_now timestamptz, p_expires_at timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare
  c_customer constant text := p_command ->> 'customerId';
  c_key constant text := p_command ->> 'idempotencyKey';
  c_hash constant text := p_command ->> 'bodyHash';
  c_order constant uuid := p_command ->> 'orderId';
  c_cart constant jsonb := p_command -> 'cart';
  c_total constant bigint := c_cart ->> 'total';
  v_skus text[];
  v_quantities int[];
  v_shortages jsonb;
  v_answer jsonb;
begin
  v_answer := existing_request(c_customer, c_key, c_hash);
  if v_answer is not null then return v_answer; end if;

  select array_agg(w.sku order by w.sku), array_agg(w.quantity order by w.sku) into v_skus, v_quantities
  from (
    select l.sku, sum(l.quantity)::int as quantity
    from jsonb_to_recordset(c_cart -> 'lines') as l(sku text, quantity int) group by l.sku
  ) w;

  perform 1 from stock where sku = any (v_skus) order by sku for no key update;
  select jsonb_agg(jsonb_build_object(
      'sku', w.sku, 'requested', w.quantity, 'available', coalesce(s.on_hand - s.reserved, 0)) order by w.sku)
  into v_shortages
  from unnest(v_skus, v_quantities) as w(sku, quantity) left join stock s on s.sku = w.sku
  where coalesce(s.on_hand - s.reserved, 0) < w.quantity;
  if v_shortages is not null then
    -- What is short may have gone to this very request, sent twice.
    return coalesce(existing_request(c_customer, c_key, c_hash),
      jsonb_build_object('outcome', 'short', 'shortages', v_shortages));
  end if;

  insert into checkout_requests values (c_customer, c_key, c_hash, c_order) on conflict do nothing;
  if not found then
    v_answer := existing_request(c_customer, c_key, c_hash);
    if v_answer is not null then return v_answer; end if;
    raise exception 'the request was given up at this moment' using errcode = 'serialization_failure';
  end if;

  insert into orders (order_id, generation, customer_id, idempotency_key, status, currency, items_total,
    shipping_total, total, shortage_policy, address_id, correlation_id, event_sequence, placed_at, expires_at,
    changed_at)
  values (c_order, 1, c_customer, c_key, 'awaiting_payment', c_cart ->> 'currency',
    (c_cart ->> 'itemsTotal')::bigint, (c_cart ->> 'shippingTotal')::bigint, c_total,
    p_command ->> 'shortagePolicy', (p_command ->> 'addressId')::uuid, p_command ->> 'correlationId', 1, p_now,
    p_expires_at, p_now);
  insert into order_lines (order_id, line, sku, name, quantity, unit_price, weight)
  select c_order, l.line, l.sku, l.name, l.quantity, l."unitPrice", l.weight
  from rows from (jsonb_to_recordset(c_cart -> 'lines')
    as (sku text, name text, quantity int, "unitPrice" bigint, weight int)) with ordinality
    as l(sku, name, quantity, "unitPrice", weight, line);
  insert into payments (order_id, generation, status, currency, amount, created_at, changed_at)
  values (c_order, 1, 'pending', c_cart ->> 'currency', c_total, p_now, p_now);

  with held as (
    insert into reservations
    select c_order, w.sku, w.quantity, 'held' from unnest(v_skus, v_quantities) as w(sku, quantity)
    returning sku, quantity
  ), moved as (
    insert into stock_movements (sku, order_id, reason, on_hand_change, reserved_change, at)
    select sku, c_order, 'reserve', 0, quantity, p_now from held
  )
  update stock s set reserved = s.reserved + h.quantity from held h where s.sku = h.sku;
  perform write_events(array[c_order], 'OrderPlaced', p_now);

  return jsonb_build_object(
    'outcome', 'placed', 'orderId', c_order, 'generation', 1, 'total', c_total,
    'currency', c_cart ->> 'currency', 'expiresAt', iso(p_expires_at),
    'correlationId', p_command ->> 'correlationId', 'intentRecorded', false);
end
$$;

create function record_intent(
  p_order uuid, p_generation int, p_intent text, p_secret text, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders; p payments;
begin
  o := lock_order(p_order);
  p := lock_payment(p_order, p_generation);
  if p.payment_intent_id is null then
    if o.status = 'awaiting_payment' and p.status = 'pending' then
      update payments set status = 'requires_payment', payment_intent_id = p_intent, client_secret = p_secret,
        intent_recorded_at = p_now, changed_at = p_now
      where order_id = p_order and generation = p_generation;
      return '{"outcome": "recorded"}';
    end if;
    -- Too late, but whoever settles this payment shall know the intent.
    update payments set payment_intent_id = p_intent, intent_recorded_at = p_now
    where order_id = p_order and generation = p_generation;
    return '{"outcome": "superseded"}';
  end if;
  if p.payment_intent_id = p_intent and p.status in ('requires_payment', 'authorised', 'captured') then
    return '{"outcome": "recorded"}';
  end if;
  return '{"outcome": "superseded"}';
end
$$;

create function release_order(
  p_order uuid, p_generation int, p_intent_unknown boolean, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders; p payments;
begin
  perform lock_stock_of(array[p_order]);
  o := lock_order(p_order);
  p := lock_payment(p_order, p_generation);
  if o.status = 'released' then return '{"outcome": "released"}'; end if;
  if p.payment_intent_id is not null then return '{"outcome": "intent_recorded"}'; end if;
  if p.status = 'pending' then
    update payments set status = case when p_intent_unknown then 'intent_unknown' else 'voided' end,
      changed_at = p_now
    where order_id = p_order and generation = p_generation;
  end if;
  if o.status = 'awaiting_payment' then
    update orders set status = 'released', event_sequence = event_sequence + 1, changed_at = p_now
    where order_id = p_order;
    perform release_goods(array[p_order], p_now);
    perform free_keys(array[p_order]);
    perform write_events(array[p_order], 'OrderReleased', p_now);
  end if;
  return '{"outcome": "released"}';
end
$$;

create function cancel_order(
  p_order uuid, p_subject text, p_role text, p_reason text, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders; p payments;
begin
  select * into o from orders where order_id = p_order;
  if not found or (p_role = 'customer' and o.customer_id <> p_subject) then
    return '{"outcome": "not_found"}';
  end if;
  perform lock_stock_of(array[p_order]);
  o := lock_order(p_order);
  p := lock_payment(p_order, o.generation);
  if o.status = 'cancelled' then return '{"outcome": "cancelled"}'; end if;
  if o.status not in ('awaiting_payment', 'authorised', 'confirmed') then
    return jsonb_build_object('outcome', 'too_late', 'status', o.status);
  end if;
  perform close_order_as_cancelled(o, 'cancelled', p_now);
  update orders set cancelled_by = p_subject, cancel_role = p_role, cancel_reason = p_reason
  where order_id = p_order;
  perform write_events(array[p_order], 'OrderCancelled', p_now);
  return '{"outcome": "cancelled"}';
end
$$;
