-- Parcels that do not stay with the customer, and orders that are undone after packing.
set local search_path = kassa, pg_temp;

create function request_cancel(
  p_order uuid, p_subject text, p_role text, p_reason text, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders;
begin
  select * into o from orders where order_id = p_order for no key update;
  if not found or (p_role = 'customer' and o.customer_id <> p_subject) then
    return '{"outcome": "not_found"}';
  end if;
  if o.status = 'cancelled' then return '{"outcome": "cancelled"}'; end if;
  if o.status <> 'packed' then return jsonb_build_object('outcome', 'too_late', 'status', o.status); end if;
  if o.cancel_requested_at is null then
    update orders set cancel_requested_at = p_now, cancelled_by = p_subject, cancel_role = p_role,
      cancel_reason = p_reason
    where order_id = p_order;
  end if;
  return '{"outcome": "requested"}';
end
$$;

create function clear_cancel_request(p_order uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  update orders set cancel_requested_at = null, cancelled_by = null, cancel_role = null, cancel_reason = null
  where order_id = p_order and cancel_requested_at is not null and status <> 'cancelled';
  return 'true';
end
$$;

create function is_cancel_requested(p_order uuid) returns jsonb
language plpgsql stable security definer set search_path = kassa, pg_temp as $$
begin
  return to_jsonb(exists (
    select 1 from orders where order_id = p_order and status = 'packed' and cancel_requested_at is not null));
end
$$;

-- A courier has the parcel: whoever wished to cancel was too late.
create or replace function record_handover(p_order uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  update orders set status = 'out_for_delivery', event_sequence = event_sequence + 1, changed_at = p_now,
    cancel_requested_at = null, cancelled_by = null, cancel_role = null, cancel_reason = null
  where order_id = p_order and status = 'packed';
  if found then perform write_events(array[p_order], 'OrderOutForDelivery', p_now); end if;
  return 'true';
end
$$;

-- Every piece that was packed comes off the parcel; with no lines all of them are good. What is in neither count is
-- not there any more. The caller holds the locks on the stock and the order.
create function take_back(p_order uuid, p_lines jsonb, p_note text, p_now timestamptz) returns void
language plpgsql as $$
begin
  with parcel as (
    select r.sku, least(coalesce(l.good, case when p_lines is null then r.quantity else 0 end), r.quantity)::int as good,
      least(coalesce(l.damaged, 0), r.quantity)::int as damaged
    from reservations r
    left join (
      select each.sku, sum(each.good) as good, sum(each.damaged) as damaged
      from jsonb_to_recordset(coalesce(p_lines, '[]')) as each(sku text, good int, damaged int) group by each.sku
    ) l on l.sku = r.sku
    where r.order_id = p_order and r.status = 'packed'
  ), closed as (
    update reservations set status = 'returned' where order_id = p_order and status = 'packed'
  ), moved as (
    insert into stock_movements (sku, order_id, reason, on_hand_change, reserved_change, at, note)
    select sku, p_order, 'restock', good + damaged, 0, p_now, p_note from parcel where good + damaged > 0
    union all
    select sku, p_order, 'write_off', -damaged, 0, p_now, p_note from parcel where damaged > 0
  )
  update stock s set on_hand = s.on_hand + p.good from parcel p where s.sku = p.sku and p.good > 0;
end
$$;

create function unpack_order(p_order uuid, p_generation int, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders; p payments;
begin
  perform lock_stock_of(array[p_order]);
  o := lock_order(p_order);
  p := lock_payment(p_order, p_generation);
  if o.status = 'cancelled' then return '{"outcome": "unpacked"}'; end if;
  if o.status <> 'packed' or p.status = 'captured' then
    raise exception 'order % is %, its payment %', p_order, o.status, p.status using errcode = 'KS409';
  end if;
  perform take_back(p_order, null, 'capture refused', p_now);
  update orders set status = 'cancelled', event_sequence = event_sequence + 1, changed_at = p_now,
    cancel_reason = coalesce(cancel_reason, 'capture_refused')
  where order_id = p_order;
  perform write_events(array[p_order], 'OrderCancelled', p_now);
  return '{"outcome": "unpacked"}';
end
$$;

create function close_undelivered(p_order uuid, p_generation int, p_result jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare
  c_outcome constant text := p_result ->> 'outcome';
  c_status constant text := case c_outcome when 'withdrawn' then 'cancelled' else c_outcome end;
  c_key constant text := 'kassa:' || p_order || '.' || p_generation || '.undelivered';
  o orders; p payments; v_refund uuid; v_rest bigint; v_allowed boolean;
begin
  perform lock_stock_of(array[p_order]);
  o := lock_order(p_order);
  p := lock_payment(p_order, p_generation);
  if o.status = c_status then
    select refund_id into v_refund from refunds where refund_key = c_key;
    return jsonb_build_object('outcome', 'closed', 'refundId', v_refund);
  end if;
  v_allowed := case c_outcome
    when 'withdrawn' then o.status = 'packed'
    when 'returned' then o.status = 'returning'
    else o.status in ('packed', 'out_for_delivery', 'returning')
  end;
  if not v_allowed then
    raise exception 'order % is %, its parcel cannot be %', p_order, o.status, c_outcome using errcode = 'KS409';
  end if;
  if c_outcome = 'withdrawn' then
    perform take_back(p_order, null, 'withdrawn before the handover', p_now);
  elsif c_outcome = 'returned' then
    perform take_back(p_order, coalesce(p_result -> 'lines', '[]'), 'parcel returned', p_now);
  end if;
  update warehouse_tasks set status = 'cancelled', changed_at = p_now
  where order_id = p_order and kind = 'return' and status in ('open', 'claimed');
  update orders set status = c_status, event_sequence = event_sequence + 1, changed_at = p_now
  where order_id = p_order;
  perform write_events(array[p_order], case c_outcome
    when 'withdrawn' then 'OrderCancelled' when 'returned' then 'OrderReturned' else 'OrderLost' end, p_now);
  v_rest := refundable(p);
  if v_rest > 0 then
    v_refund := insert_refund(p, v_rest, null, 'parcel ' || c_outcome, 'kassa', c_key, p_now);
  end if;
  return jsonb_build_object('outcome', 'closed', 'refundId', v_refund);
end
$$;

create function open_return(p_order uuid, p_round int, p_task_id uuid, p_wait jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders; v_task uuid; v_ready boolean;
begin
  o := lock_order(p_order);
  if o.status in ('packed', 'out_for_delivery') then
    update orders set status = 'returning', event_sequence = event_sequence + 1, changed_at = p_now
    where order_id = p_order;
    perform write_events(array[p_order], 'OrderReturning', p_now);
  elsif o.status not in ('returning', 'returned', 'lost') then
    raise exception 'order % is %, not on its way', p_order, o.status using errcode = 'KS409';
  end if;
  insert into warehouse_tasks (task_id, order_id, kind, round, status, opened_at, changed_at)
  values (p_task_id, p_order, 'return', p_round,
    case when o.status in ('returned', 'lost') then 'cancelled' else 'open' end, p_now, p_now)
  on conflict (order_id, kind, round) do nothing;
  select task_id into strict v_task from warehouse_tasks
  where order_id = p_order and kind = 'return' and round = p_round;
  v_ready := register_token(p_order, 'return', p_round, p_wait, p_now);
  return jsonb_build_object('taskId', v_task, 'ready', v_ready);
end
$$;

create function list_returns(p_limit int, p_after uuid) returns jsonb
language plpgsql stable security definer set search_path = kassa, pg_temp as $$
begin
  return (
    select coalesce(jsonb_agg(pick_task_view(each) order by each.opened_at, each.task_id), '[]') from (
      select t.* from warehouse_tasks t
      where t.kind = 'return' and t.status = 'open'
        and (p_after is null or (t.opened_at, t.task_id) > (
          select a.opened_at, a.task_id from warehouse_tasks a where a.task_id = p_after))
      order by t.opened_at, t.task_id limit p_limit
    ) each);
end
$$;

-- What a parcel that comes back held, where the lines say more than that; null where they fit.
create function return_mismatch(p_order uuid, p_lines jsonb) returns jsonb language sql stable as $$
  select case when exists (
    select 1 from (
      select each.sku, sum(each.good + each.damaged) as quantity
      from jsonb_to_recordset(p_lines) as each(sku text, good int, damaged int) group by each.sku
    ) l
    left join reservations r on r.order_id = p_order and r.sku = l.sku and r.status = 'packed'
    where l.quantity > coalesce(r.quantity, 0)
  ) then coalesce((
    select jsonb_agg(jsonb_build_object('sku', r.sku, 'quantity', r.quantity) order by r.sku)
    from reservations r where r.order_id = p_order and r.status = 'packed'), '[]') end
$$;

create function receive_return(p_task uuid, p_worker text, p_lines jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare t warehouse_tasks; o orders; v_expected jsonb;
begin
  select * into t from warehouse_tasks where task_id = p_task and kind = 'return';
  if not found then return '{"outcome": "not_found"}'; end if;
  o := lock_order(t.order_id);
  select * into t from warehouse_tasks where task_id = p_task for no key update;
  if t.status = 'received' then return '{"outcome": "received"}'; end if;
  if t.status = 'cancelled' then return '{"outcome": "closed", "status": "cancelled"}'; end if;
  v_expected := return_mismatch(t.order_id, p_lines);
  if v_expected is not null then return jsonb_build_object('outcome', 'mismatch', 'expected', v_expected); end if;
  update warehouse_tasks set status = 'received', claimed_by = p_worker, changed_at = p_now where task_id = p_task;
  perform put_outcomes(array[t.order_id], 'return', t.round,
    jsonb_build_object('outcome', 'returned', 'lines', p_lines), p_now);
  return '{"outcome": "received"}';
end
$$;

-- The first outcome of an attempt stands. One that comes after it and says otherwise, or comes to an order that is
-- settled, is for people.
create or replace function record_delivery_outcome(p_order uuid, p_attempt int, p_outcome jsonb, p_now timestamptz)
returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders; v_before jsonb;
begin
  o := lock_order(p_order);
  select outcome into v_before from mailbox
  where order_id = p_order and step = 'delivery' and round = p_attempt;
  if v_before = p_outcome then return '"already"'; end if;
  if v_before is not null or o.status not in ('packed', 'out_for_delivery') then
    perform add_finding('delivery_after_settled', p_order, o.generation,
      jsonb_build_object('attempt', p_attempt, 'outcome', p_outcome, 'status', o.status), p_now);
    return '"late"';
  end if;
  perform put_outcomes(array[p_order], 'delivery', p_attempt, p_outcome, p_now);
  return '"recorded"';
end
$$;

create function record_overdue(p_order uuid, p_generation int, p_step text, p_round int, p_now timestamptz)
returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  insert into findings (kind, order_id, generation, detail, at)
  values ('wait_overdue', p_order, p_generation, jsonb_build_object('step', p_step, 'round', p_round), p_now)
  on conflict do nothing;
  return jsonb_build_object('outcome', case when found then 'recorded' else 'already' end);
end
$$;

-- As in 0005: an order that came to its end another way was confirmed once.
create or replace function confirm_order(p_order uuid, p_generation int, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders; p payments;
begin
  o := lock_order(p_order);
  p := lock_payment(p_order, p_generation);
  if o.status in ('confirmed', 'packed', 'out_for_delivery', 'delivered', 'returning', 'returned', 'lost') then
    return '{"outcome": "confirmed"}';
  end if;
  if o.status in ('cancelled', 'expired', 'released') then return '{"outcome": "lost"}'; end if;
  if o.status <> 'authorised' then
    raise exception 'order % is %, not authorised', p_order, o.status using errcode = 'KS409';
  end if;
  update orders set status = 'confirmed', event_sequence = event_sequence + 1, changed_at = p_now
  where order_id = p_order;
  update reservations set status = 'committed' where order_id = p_order and status = 'held';
  perform write_events(array[p_order], 'OrderConfirmed', p_now);
  return '{"outcome": "confirmed"}';
end
$$;
