-- Fewer pieces than promised: found out at the shelf, or at a count.
set local search_path = kassa, pg_temp;

-- What is still to be picked, or what the parcel that comes back holds.
create or replace function pick_task_view(t warehouse_tasks) returns jsonb language sql stable as $$
  select jsonb_build_object('taskId', t.task_id, 'orderId', t.order_id, 'kind', t.kind, 'status', t.status,
    'claimedBy', t.claimed_by, 'openedAt', iso(t.opened_at), 'lines', coalesce((
      select jsonb_agg(jsonb_build_object('sku', r.sku, 'quantity', r.quantity, 'name', (
        select l.name from order_lines l where l.order_id = r.order_id and l.sku = r.sku order by l.line limit 1))
        order by r.sku)
      from reservations r where r.order_id = t.order_id and r.status <> 'released'), '[]'))
$$;

create or replace function claim_pick_task(p_task uuid, p_worker text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare t warehouse_tasks;
begin
  update warehouse_tasks set status = 'claimed', claimed_by = p_worker, changed_at = p_now
  where task_id = p_task and kind = 'pick' and status = 'open' returning * into t;
  if found then return jsonb_build_object('outcome', 'claimed', 'task', pick_task_view(t)); end if;
  select * into t from warehouse_tasks where task_id = p_task and kind = 'pick';
  if not found then return '{"outcome": "not_found"}'; end if;
  if t.status <> 'claimed' then return jsonb_build_object('outcome', 'closed', 'status', t.status); end if;
  if t.claimed_by <> p_worker then return '{"outcome": "taken"}'; end if;
  return jsonb_build_object('outcome', 'claimed', 'task', pick_task_view(t));
end
$$;

-- What the pieces that were picked cost. Lines of one SKU are filled in their order.
create function price_of_picked(p_order uuid, p_picked jsonb) returns bigint language sql stable as $$
  select coalesce(sum(l.unit_price * greatest(0, least(l.quantity, k.quantity - l.earlier))), 0)::bigint
  from (
    select sku, unit_price, quantity, sum(quantity) over (partition by sku order by line) - quantity as earlier
    from order_lines where order_id = p_order
  ) l
  join (
    select each.sku, sum(each.quantity) as quantity
    from jsonb_to_recordset(p_picked) as each(sku text, quantity int) group by each.sku
  ) k on k.sku = l.sku
$$;

-- Takes off the books what was not at the shelf. The caller holds the locks on the stock and the order.
create function correct_missing(p_order uuid, p_missing jsonb, p_worker text, p_now timestamptz) returns void
language plpgsql as $$
begin
  with missing as (
    select * from jsonb_to_recordset(p_missing) as m(sku text, quantity int) where m.quantity > 0
  ), moved as (
    insert into stock_movements (sku, order_id, reason, on_hand_change, reserved_change, at, subject, note)
    select sku, p_order, 'correction', -quantity, 0, p_now, p_worker, 'not found at the pick' from missing
  )
  update stock s set on_hand = s.on_hand - m.quantity from missing m where s.sku = m.sku;
end
$$;

create function complete_pick_task(
  p_task uuid, p_worker text, p_picked jsonb, p_missing boolean, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare
  t warehouse_tasks; o orders; p payments;
  v_lines jsonb; v_wrong boolean; v_pieces bigint; v_whole boolean; v_amount bigint; v_missing jsonb;
begin
  select * into t from warehouse_tasks where task_id = p_task and kind = 'pick';
  if not found then return '{"outcome": "not_found"}'; end if;
  perform lock_stock_of(array[t.order_id]);
  o := lock_order(t.order_id);
  p := lock_payment(t.order_id, o.generation);
  select * into t from warehouse_tasks where task_id = p_task for no key update;
  if t.status in ('packed', 'short') and t.claimed_by = p_worker then
    return jsonb_build_object('outcome', t.status);
  end if;
  if t.status in ('packed', 'short', 'cancelled') then
    return jsonb_build_object('outcome', 'closed', 'status', t.status);
  end if;
  if t.status <> 'claimed' or t.claimed_by <> p_worker then return '{"outcome": "not_yours"}'; end if;

  -- One line a SKU: what is reserved, and what of it was picked.
  select coalesce(jsonb_agg(jsonb_build_object('sku', sku, 'reserved', coalesce(r.quantity, 0),
      'picked', coalesce(k.quantity, 0)) order by sku), '[]'),
    coalesce(bool_or(coalesce(k.quantity, 0) > coalesce(r.quantity, 0)
      or (not p_missing and coalesce(k.quantity, 0) < r.quantity)), false),
    coalesce(sum(k.quantity), 0)
  into v_lines, v_wrong, v_pieces
  from (select sku, quantity from reservations where order_id = t.order_id and status = 'committed') r
  full join (
    select each.sku, sum(each.quantity)::int as quantity
    from jsonb_to_recordset(p_picked) as each(sku text, quantity int) group by each.sku
  ) k using (sku);
  if v_wrong then
    return jsonb_build_object('outcome', 'mismatch', 'expected', coalesce((
      select jsonb_agg(jsonb_build_object('sku', l.sku, 'quantity', l.reserved) order by l.sku)
      from jsonb_to_recordset(v_lines) as l(sku text, reserved int) where l.reserved > 0), '[]'));
  end if;
  select jsonb_agg(jsonb_build_object('sku', l.sku, 'quantity', l.reserved - l.picked)) into v_missing
  from jsonb_to_recordset(v_lines) as l(sku text, reserved int, picked int) where l.picked < l.reserved;

  -- Against what the customer ordered: a count may have made the task smaller before.
  v_whole := v_pieces = (select sum(quantity) from order_lines where order_id = t.order_id);
  v_amount := price_of_picked(t.order_id, p_picked) + o.shipping_total;
  if not v_whole then perform write_payment_event(t.order_id, 'OrderShort', p_now); end if;

  if v_pieces = 0 or v_amount = 0 or (not v_whole and o.shortage_policy = 'nothing') then
    perform release_goods(array[t.order_id], p_now);
    perform correct_missing(t.order_id, coalesce(v_missing, '[]'), p_worker, p_now);
    update orders set status = 'cancelled', event_sequence = event_sequence + 1, changed_at = p_now,
      cancelled_by = p_worker, cancel_role = 'warehouse', cancel_reason = 'shortage'
    where order_id = t.order_id;
    update warehouse_tasks set status = 'short', changed_at = p_now where task_id = p_task;
    perform put_outcomes(array[t.order_id], 'pick', t.round, '{"outcome": "short"}', p_now);
    perform write_events(array[t.order_id], 'OrderCancelled', p_now);
    return '{"outcome": "short"}';
  end if;

  with lines as (
    select * from jsonb_to_recordset(v_lines) as l(sku text, reserved int, picked int)
  ), packed as (
    update reservations r set status = case when l.picked > 0 then 'packed' else 'released' end,
      quantity = case when l.picked > 0 then l.picked else r.quantity end
    from lines l where r.order_id = t.order_id and r.sku = l.sku and r.status = 'committed'
  ), moved as (
    insert into stock_movements (sku, order_id, reason, on_hand_change, reserved_change, at)
    select sku, t.order_id, 'pack', -picked, -picked, p_now from lines where picked > 0
    union all
    select sku, t.order_id, 'release', 0, picked - reserved, p_now from lines where picked < reserved
  )
  update stock s set on_hand = s.on_hand - l.picked, reserved = s.reserved - l.reserved
  from lines l where s.sku = l.sku;
  perform correct_missing(t.order_id, coalesce(v_missing, '[]'), p_worker, p_now);
  update orders set status = 'packed', event_sequence = event_sequence + 1, changed_at = p_now
  where order_id = t.order_id;
  update warehouse_tasks set status = 'packed', changed_at = p_now where task_id = p_task;
  perform put_outcomes(array[t.order_id], 'pick', t.round, jsonb_build_object('outcome', 'packed',
    'paymentIntentId', p.payment_intent_id, 'captureAmount', v_amount, 'currency', o.currency), p_now);
  perform write_events(array[t.order_id], 'OrderPacked', p_now);
  return '{"outcome": "packed"}';
end
$$;

-- For functions deployed before this migration.
create or replace function complete_pick_task(p_task uuid, p_worker text, p_picked jsonb, p_now timestamptz)
returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  return complete_pick_task(p_task, p_worker, p_picked, false, p_now);
end
$$;

create function stock_view(s stock) returns jsonb language sql stable as $$
  select jsonb_build_object('sku', s.sku, 'name', (select p.name from products p where p.sku = s.sku),
    'onHand', s.on_hand, 'reserved', s.reserved)
$$;

create function list_stock(p_sku text, p_after text, p_limit int) returns jsonb
language plpgsql stable security definer set search_path = kassa, pg_temp as $$
begin
  return (
    select coalesce(jsonb_agg(stock_view(each) order by each.sku), '[]') from (
      select s.* from stock s
      where (p_sku is null or s.sku = p_sku) and (p_after is null or s.sku > p_after)
      order by s.sku limit p_limit
    ) each);
end
$$;

-- What a change by hand was answered before under this key; null where the key is new.
create function existing_change(p_subject text, p_key text, p_request jsonb) returns jsonb language plpgsql as $$
declare v_request jsonb; v_answer jsonb;
begin
  select request, answer into v_request, v_answer from stock_changes
  where subject = p_subject and idempotency_key = p_key;
  if not found then return null; end if;
  if v_request <> p_request then return '{"outcome": "key_reused"}'; end if;
  return v_answer;
end
$$;

create function keep_change(p_subject text, p_key text, p_request jsonb, p_answer jsonb, p_now timestamptz)
returns jsonb language plpgsql as $$
begin
  insert into stock_changes values (p_subject, p_key, p_request, p_answer, p_now) on conflict do nothing;
  if not found then
    raise exception 'the key was used at this moment' using errcode = 'serialization_failure';
  end if;
  return p_answer;
end
$$;

create function receive_goods(p_lines jsonb, p_subject text, p_reason text, p_key text, p_now timestamptz)
returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare
  c_request constant jsonb := jsonb_build_object('kind', 'receipt', 'lines', p_lines, 'reason', p_reason);
  v_skus text[]; v_quantities int[]; v_unknown jsonb; v_answer jsonb;
begin
  select array_agg(w.sku order by w.sku), array_agg(w.quantity order by w.sku) into v_skus, v_quantities
  from (
    select l.sku, sum(l.quantity)::int as quantity
    from jsonb_to_recordset(p_lines) as l(sku text, quantity int) group by l.sku
  ) w;
  perform 1 from stock where sku = any (v_skus) order by sku for no key update;
  v_answer := existing_change(p_subject, p_key, c_request);
  if v_answer is not null then return v_answer; end if;
  select jsonb_agg(w.sku order by w.sku) into v_unknown from unnest(v_skus) as w(sku)
  where not exists (select 1 from stock s where s.sku = w.sku);
  if v_unknown is not null then return jsonb_build_object('outcome', 'unknown_sku', 'skus', v_unknown); end if;
  with wanted as (
    select * from unnest(v_skus, v_quantities) as w(sku, quantity)
  ), moved as (
    insert into stock_movements (sku, reason, on_hand_change, reserved_change, at, subject, note)
    select sku, 'receipt', quantity, 0, p_now, p_subject, p_reason from wanted
  )
  update stock s set on_hand = s.on_hand + w.quantity from wanted w where s.sku = w.sku;
  return keep_change(p_subject, p_key, c_request, jsonb_build_object('outcome', 'received', 'levels', (
    select jsonb_agg(stock_view(s) order by s.sku) from stock s where s.sku = any (v_skus))), p_now);
end
$$;

-- The youngest unpaid orders that hold this SKU, as many as make up for what is missing.
create function youngest_unpaid(p_sku text, p_missing bigint) returns uuid[] language sql stable as $$
  select coalesce(array_agg(order_id), '{}') from (
    select o.order_id,
      sum(r.quantity) over (order by o.placed_at desc, o.order_id desc) - r.quantity as earlier
    from reservations r join orders o on o.order_id = r.order_id
    where r.sku = p_sku and r.status in ('held', 'committed') and o.status = 'awaiting_payment'
  ) each where earlier < p_missing
$$;

-- The paid ones, likewise; those whose pick nobody has claimed come first.
create function youngest_paid(p_sku text, p_missing bigint) returns uuid[] language sql stable as $$
  select coalesce(array_agg(order_id order by rank), '{}') from (
    select o.order_id, row_number() over w as rank, sum(r.quantity) over w - r.quantity as earlier
    from reservations r join orders o on o.order_id = r.order_id
    cross join lateral (
      select exists (select 1 from warehouse_tasks t
        where t.order_id = o.order_id and t.kind = 'pick' and t.status = 'claimed') as claimed
    ) c
    where r.sku = p_sku and r.status in ('held', 'committed') and o.status in ('authorised', 'confirmed')
    window w as (order by c.claimed, o.placed_at desc, o.order_id desc)
  ) each where earlier < p_missing
$$;

-- A count is always taken. Reservations that it leaves without a piece give way in the same transaction, so that
-- reserved never exceeds what is on hand. Where an order came in between, it answers with a serialization failure.
create function correct_stock(
  p_sku text, p_counted int, p_subject text, p_reason text, p_key text, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare
  c_request constant jsonb :=
    jsonb_build_object('kind', 'correction', 'sku', p_sku, 'counted', p_counted, 'reason', p_reason);
  s stock; o orders; v_answer jsonb; v_skus text[]; v_unpaid uuid[]; v_paid uuid[]; v_missing bigint; v_held int;
  v_order uuid; v_cancelled uuid[] := '{}'; v_short uuid[] := '{}';
begin
  select * into s from stock where sku = p_sku;
  if not found then return jsonb_build_object('outcome', 'unknown_sku', 'skus', jsonb_build_array(p_sku)); end if;
  v_unpaid := youngest_unpaid(p_sku, s.reserved - p_counted);
  select array_agg(distinct sku) || p_sku into v_skus from reservations where order_id = any (v_unpaid);
  perform 1 from stock where sku = any (v_skus) order by sku for no key update;
  v_answer := existing_change(p_subject, p_key, c_request);
  if v_answer is not null then return v_answer; end if;
  select * into s from stock where sku = p_sku;
  v_missing := s.reserved - p_counted;

  if v_missing > 0 then
    perform 1 from orders where order_id = any (v_unpaid) order by order_id for no key update;
    for o in
      select * from orders where order_id = any (v_unpaid) and status = 'awaiting_payment'
      order by placed_at desc, order_id desc
    loop
      exit when v_missing <= 0;
      select quantity into v_held from reservations
      where order_id = o.order_id and sku = p_sku and status in ('held', 'committed');
      continue when not found;
      perform lock_payment(o.order_id, o.generation);
      perform close_order_as_cancelled(o, 'cancelled', p_now);
      update orders set cancelled_by = p_subject, cancel_role = 'warehouse', cancel_reason = 'stock_correction'
      where order_id = o.order_id;
      perform write_events(array[o.order_id], 'OrderCancelled', p_now);
      v_cancelled := v_cancelled || o.order_id;
      v_missing := v_missing - v_held;
    end loop;
  end if;
  if v_missing > 0 and cardinality(youngest_unpaid(p_sku, v_missing)) > 0 then
    raise exception 'an order was placed at this moment' using errcode = 'serialization_failure';
  end if;
  if v_missing > 0 then
    v_paid := youngest_paid(p_sku, v_missing);
    perform 1 from orders where order_id = any (v_paid) order by order_id for no key update;
    foreach v_order in array v_paid loop
      select quantity into v_held from reservations
      where order_id = v_order and sku = p_sku and status in ('held', 'committed');
      if v_held > v_missing then
        update reservations set quantity = quantity - v_missing where order_id = v_order and sku = p_sku;
        v_held := v_missing;
      else
        update reservations set status = 'released' where order_id = v_order and sku = p_sku;
      end if;
      insert into stock_movements (sku, order_id, reason, on_hand_change, reserved_change, at, subject, note)
      values (p_sku, v_order, 'release', 0, -v_held, p_now, p_subject, p_reason);
      update stock set reserved = reserved - v_held where sku = p_sku;
      perform write_payment_event(v_order, 'OrderShort', p_now);
      v_short := v_short || v_order;
      v_missing := v_missing - v_held;
    end loop;
  end if;

  if s.on_hand <> p_counted then
    insert into stock_movements (sku, reason, on_hand_change, reserved_change, at, subject, note)
    values (p_sku, 'correction', p_counted - s.on_hand, 0, p_now, p_subject, p_reason);
    update stock set on_hand = p_counted where sku = p_sku;
  end if;
  return keep_change(p_subject, p_key, c_request, jsonb_build_object('outcome', 'corrected',
    'level', (select stock_view(each) from stock each where each.sku = p_sku),
    'cancelledOrders', to_jsonb(v_cancelled), 'shortOrders', to_jsonb(v_short)), p_now);
end
$$;
