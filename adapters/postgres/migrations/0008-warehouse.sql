set local search_path = kassa, pg_temp;

create function pick_task_view(t warehouse_tasks) returns jsonb language sql stable as $$
  select jsonb_build_object('taskId', t.task_id, 'orderId', t.order_id, 'status', t.status,
    'claimedBy', t.claimed_by, 'openedAt', iso(t.opened_at), 'lines', (
      select jsonb_agg(jsonb_build_object('sku', r.sku, 'quantity', r.quantity, 'name', (
        select l.name from order_lines l where l.order_id = r.order_id and l.sku = r.sku order by l.line limit 1))
        order by r.sku)
      from reservations r where r.order_id = t.order_id))
$$;

create function open_pick_task(
  p_order uuid, p_round int, p_task_id uuid, p_wait jsonb, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders; v_task uuid; v_ready boolean;
begin
  o := lock_order(p_order);
  if o.status not in ('confirmed', 'packed', 'out_for_delivery', 'delivered', 'cancelled') then
    raise exception 'order % is %, not confirmed', p_order, o.status using errcode = 'KS409';
  end if;
  insert into warehouse_tasks (task_id, order_id, round, status, opened_at, changed_at)
  values (p_task_id, p_order, p_round, case when o.status = 'confirmed' then 'open' else 'cancelled' end,
    p_now, p_now)
  on conflict (order_id, round) do nothing;
  select task_id into strict v_task from warehouse_tasks where order_id = p_order and round = p_round;
  if o.status = 'cancelled' then
    perform put_outcomes(array[p_order], 'pick', p_round, '{"outcome": "cancelled"}', p_now);
  end if;
  v_ready := register_token(p_order, 'pick', p_round, p_wait, p_now);
  return jsonb_build_object('taskId', v_task, 'ready', v_ready);
end
$$;

create function list_pick_tasks(p_worker text, p_limit int, p_after uuid) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  return (
    select coalesce(jsonb_agg(pick_task_view(each) order by each.opened_at, each.task_id), '[]') from (
      select t.* from warehouse_tasks t
      where case when p_worker is null then t.status = 'open' else t.status = 'claimed' and t.claimed_by = p_worker end
        and (p_after is null or (t.opened_at, t.task_id) > (
          select a.opened_at, a.task_id from warehouse_tasks a where a.task_id = p_after))
      order by t.opened_at, t.task_id limit p_limit
    ) each);
end
$$;

create function claim_pick_task(p_task uuid, p_worker text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare t warehouse_tasks;
begin
  update warehouse_tasks set status = 'claimed', claimed_by = p_worker, changed_at = p_now
  where task_id = p_task and status = 'open' returning * into t;
  if found then return jsonb_build_object('outcome', 'claimed', 'task', pick_task_view(t)); end if;
  select * into t from warehouse_tasks where task_id = p_task;
  if not found then return '{"outcome": "not_found"}'; end if;
  if t.status <> 'claimed' then return jsonb_build_object('outcome', 'closed', 'status', t.status); end if;
  if t.claimed_by <> p_worker then return '{"outcome": "taken"}'; end if;
  return jsonb_build_object('outcome', 'claimed', 'task', pick_task_view(t));
end
$$;

create function complete_pick_task(p_task uuid, p_worker text, p_picked jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare t warehouse_tasks; o orders; p payments; v_expected jsonb; v_picked jsonb;
begin
  select * into t from warehouse_tasks where task_id = p_task;
  if not found then return '{"outcome": "not_found"}'; end if;
  perform lock_stock_of(array[t.order_id]);
  o := lock_order(t.order_id);
  p := lock_payment(t.order_id, o.generation);
  select * into t from warehouse_tasks where task_id = p_task for no key update;
  if t.status = 'packed' and t.claimed_by = p_worker then return '{"outcome": "packed"}'; end if;
  if t.status in ('packed', 'cancelled') then
    return jsonb_build_object('outcome', 'closed', 'status', t.status);
  end if;
  if t.status <> 'claimed' or t.claimed_by <> p_worker then return '{"outcome": "not_yours"}'; end if;

  select jsonb_agg(jsonb_build_object('sku', sku, 'quantity', quantity) order by sku) into v_expected
  from reservations where order_id = t.order_id and status = 'committed';
  select jsonb_agg(jsonb_build_object('sku', sku, 'quantity', quantity) order by sku) into v_picked
  from (
    select each.sku, sum(each.quantity) as quantity
    from jsonb_to_recordset(p_picked) as each(sku text, quantity int) group by each.sku
  ) sums;
  if v_picked is distinct from v_expected then
    return jsonb_build_object('outcome', 'mismatch', 'expected', coalesce(v_expected, '[]'));
  end if;

  with packed as (
    update reservations set status = 'packed' where order_id = t.order_id and status = 'committed'
    returning sku, quantity
  ), moved as (
    insert into stock_movements (sku, order_id, reason, on_hand_change, reserved_change, at)
    select sku, t.order_id, 'pack', -quantity, -quantity, p_now from packed
  )
  update stock s set on_hand = s.on_hand - k.quantity, reserved = s.reserved - k.quantity
  from packed k where s.sku = k.sku;
  update orders set status = 'packed', event_sequence = event_sequence + 1, changed_at = p_now
  where order_id = t.order_id;
  update warehouse_tasks set status = 'packed', changed_at = p_now where task_id = p_task;
  perform put_outcomes(array[t.order_id], 'pick', t.round, jsonb_build_object('outcome', 'packed',
    'paymentIntentId', p.payment_intent_id, 'captureAmount', o.total, 'currency', o.currency), p_now);
  perform write_events(array[t.order_id], 'OrderPacked', p_now);
  return '{"outcome": "packed"}';
end
$$;

create function delivery_address(p_order uuid) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  return (
    select a.address from orders o join order_addresses a on a.address_id = o.address_id
    where o.order_id = p_order);
end
$$;

create function record_handover(p_order uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  update orders set status = 'out_for_delivery', event_sequence = event_sequence + 1, changed_at = p_now
  where order_id = p_order and status = 'packed';
  if found then perform write_events(array[p_order], 'OrderOutForDelivery', p_now); end if;
  return 'true';
end
$$;

create function record_delivery_outcome(p_order uuid, p_attempt int, p_outcome jsonb, p_now timestamptz)
returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders;
begin
  o := lock_order(p_order);
  if exists (
    select 1 from mailbox
    where order_id = p_order and step = 'delivery' and round = p_attempt and outcome is not null
  ) then
    return '"already"';
  end if;
  if o.status not in ('packed', 'out_for_delivery') then
    perform add_finding('delivery_after_settled', p_order, o.generation,
      jsonb_build_object('attempt', p_attempt, 'outcome', p_outcome, 'status', o.status), p_now);
    return '"late"';
  end if;
  perform put_outcomes(array[p_order], 'delivery', p_attempt, p_outcome, p_now);
  return '"recorded"';
end
$$;
