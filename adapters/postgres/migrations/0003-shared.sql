-- What the functions of the following migrations share. These run with the caller's rights and search path, so
-- nobody but those functions can use them to any effect.
--
-- Rules they all keep: stock is locked first, in SKU order, then orders, then payments, then everything else;
-- an update of an order's status raises its event_sequence, and write_events follows in the same transaction.
-- SQLSTATE KS404: there is no such row. KS409: the row's state does not allow it. Neither is worth a retry.
set local search_path = kassa, pg_temp;

create function iso(p_at timestamptz) returns text language sql stable
  return to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- Writes one event an order, with the order's whole state, under the sequence its row has now.
create function write_events(p_orders uuid[], p_type text, p_now timestamptz) returns void language plpgsql as $$
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
        'placedAt', iso(o.placed_at), 'expiresAt', iso(o.expires_at))),
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

-- Raises the sequence and writes the event of something that left the order's status as it was.
create function write_payment_event(p_order uuid, p_type text, p_now timestamptz) returns void language plpgsql as $$
begin
  update orders set event_sequence = event_sequence + 1 where order_id = p_order;
  perform write_events(array[p_order], p_type, p_now);
end
$$;

create function lock_stock_of(p_orders uuid[]) returns void language plpgsql as $$
declare v_skus text[];
begin
  select array_agg(distinct sku) into v_skus from reservations where order_id = any (p_orders);
  perform 1 from stock where sku = any (v_skus) order by sku for no key update;
end
$$;

create function lock_order(p_order uuid) returns orders language plpgsql as $$
declare o orders;
begin
  select * into o from orders where order_id = p_order for no key update;
  if not found then raise exception 'there is no order %', p_order using errcode = 'KS404'; end if;
  return o;
end
$$;

-- After the order, never before it.
create function lock_payment(p_order uuid, p_generation int) returns payments language plpgsql as $$
declare p payments;
begin
  select * into p from payments where order_id = p_order and generation = p_generation for no key update;
  if not found then
    raise exception 'order % has no generation %', p_order, p_generation using errcode = 'KS404';
  end if;
  return p;
end
$$;

-- The caller holds the locks on the stock and the orders.
create function release_goods(p_orders uuid[], p_now timestamptz) returns void language plpgsql as $$
begin
  with freed as (
    update reservations set status = 'released'
    where order_id = any (p_orders) and status in ('held', 'committed')
    returning order_id, sku, quantity
  ), moved as (
    insert into stock_movements (sku, order_id, reason, on_hand_change, reserved_change, at)
    select sku, order_id, 'release', 0, -quantity, p_now from freed
  )
  update stock s set reserved = s.reserved - f.quantity
  from (select sku, sum(quantity)::int as quantity from freed group by sku) f
  where s.sku = f.sku;
end
$$;

-- Puts an outcome in the mailbox of each order unless one is there; a round of null is the order's generation.
-- Answers how many were put.
create function put_outcomes(
  p_orders uuid[], p_step text, p_round int, p_outcome jsonb, p_now timestamptz
) returns int language plpgsql as $$
declare v_put int;
begin
  insert into mailbox (order_id, step, round, outcome, outcome_at, due_at)
  select o.order_id, p_step, coalesce(p_round, o.generation), p_outcome, p_now, p_now
  from orders o where o.order_id = any (p_orders) order by o.order_id
  on conflict (order_id, step, round) do update
    set outcome = excluded.outcome, outcome_at = excluded.outcome_at, due_at = excluded.due_at
    where mailbox.outcome is null;
  get diagnostics v_put = row_count;
  return v_put;
end
$$;

-- A checkout that never got an intent is over: its key may be used again, for another order.
create function free_keys(p_orders uuid[]) returns void language plpgsql as $$
declare v record;
begin
  for v in
    select o.order_id, o.customer_id, o.idempotency_key
    from orders o join payments p on p.order_id = o.order_id and p.generation = o.generation
    -- Both by key: the index on intents would offer every payment without one.
    where o.order_id = any (p_orders) and p.order_id = any (p_orders)
      and coalesce(p.payment_intent_id, '') = ''
  loop
    delete from checkout_requests
    where customer_id = v.customer_id and idempotency_key = v.idempotency_key and order_id = v.order_id;
  end loop;
end
$$;

create function add_finding(
  p_kind text, p_order uuid, p_generation int, p_detail jsonb, p_now timestamptz
) returns void language plpgsql as $$
begin
  insert into findings (kind, order_id, generation, detail, at)
  values (p_kind, p_order, p_generation, p_detail, p_now)
  on conflict do nothing;
end
$$;

create function insert_run(
  p_order uuid, p_generation int, p_machine text, p_run int, p_now timestamptz
) returns boolean language plpgsql as $$
begin
  insert into outbox (kind, order_id, generation, machine, run, input, created_at, due_at)
  select 'execution', o.order_id, p_generation, p_machine, p_run,
    jsonb_build_object('orderId', o.order_id, 'generation', p_generation, 'run', p_run,
      'correlationId', o.correlation_id),
    p_now, p_now
  from orders o where o.order_id = p_order
  on conflict do nothing;
  return found;
end
$$;

-- Moves an open order to `cancelled` with its goods and its warehouse work; the caller holds the locks on stock,
-- order and payment, and writes the event once the payment is as it shall be.
create function close_order_as_cancelled(
  p_order orders, p_payment_outcome text, p_now timestamptz
) returns void language plpgsql as $$
begin
  update orders set status = 'cancelled', event_sequence = event_sequence + 1, changed_at = p_now
  where order_id = p_order.order_id;
  perform release_goods(array[p_order.order_id], p_now);
  perform free_keys(array[p_order.order_id]);
  if p_order.status = 'awaiting_payment' then
    perform put_outcomes(array[p_order.order_id], 'payment', null,
      jsonb_build_object('outcome', p_payment_outcome), p_now);
  elsif p_order.status = 'confirmed' then
    update warehouse_tasks set status = 'cancelled', changed_at = p_now
    where order_id = p_order.order_id and status in ('open', 'claimed');
    perform put_outcomes(array[p_order.order_id], 'pick', 1, '{"outcome": "cancelled"}', p_now);
  end if;
end
$$;
