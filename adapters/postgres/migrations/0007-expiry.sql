set local search_path = kassa, pg_temp;

-- A webhook that waits to be processed may be the payment of an overdue order: for ten minutes it is left alone.
create function left_alone(p_order uuid, p_now timestamptz) returns boolean language plpgsql stable as $$
begin
  return exists (
    select 1 from webhook_inbox i
    where i.order_id = p_order and i.processed_at is null and i.kept_at > p_now - interval '600 seconds');
end
$$;

create function measure_tail(p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  return (
    select jsonb_build_object('size', count(*),
      'oldestAge', coalesce(floor(extract(epoch from p_now - min(expires_at)))::bigint, 0))
    from orders o
    where status = 'awaiting_payment' and expires_at <= p_now and not left_alone(o.order_id, p_now));
end
$$;

-- One batch of one lane: chosen without a lock, then the stock of the chosen is locked in SKU order, then the
-- orders, whose status is looked at again. What another transaction holds is skipped; the next batch has it.
create function expire_batch(p_lane int, p_lanes int, p_batch_size int, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare v_chosen uuid[]; v_orders uuid[];
begin
  select array_agg(order_id) into v_chosen from (
    select o.order_id from orders o
    where status = 'awaiting_payment' and expires_at <= p_now
      and get_byte(uuid_send(o.order_id), 15) % p_lanes = p_lane
      and not left_alone(o.order_id, p_now)
    order by expires_at limit p_batch_size
  ) each;
  if v_chosen is null then return '{"expired": 0}'; end if;
  perform lock_stock_of(v_chosen);
  with held as materialized (
    select order_id, status from orders where order_id = any (v_chosen)
    order by order_id for no key update skip locked
  )
  select array_agg(order_id) into v_orders from held
  where status = 'awaiting_payment' and not left_alone(order_id, p_now);
  if v_orders is null then return '{"expired": 0}'; end if;
  perform 1 from payments where order_id = any (v_orders) order by order_id, generation for no key update;
  update orders set status = 'expired', event_sequence = event_sequence + 1, changed_at = p_now
  where order_id = any (v_orders);
  perform release_goods(v_orders, p_now);
  perform free_keys(v_orders);
  perform put_outcomes(v_orders, 'payment', null, '{"outcome": "expired"}', p_now);
  perform write_events(v_orders, 'OrderExpired', p_now);
  return jsonb_build_object('expired', cardinality(v_orders));
end
$$;

-- Asks the outbox for the run that is missing: the first; after one that ended badly the next; where the last
-- was started long ago and the order still waits, the same once more, which tells whether it ended badly.
-- Answers whether a run was added.
create function request_run(p_order uuid, p_generation int, p_machine text, p_now timestamptz) returns boolean
language plpgsql as $$
declare x outbox;
begin
  select * into x from outbox
  where kind = 'execution' and order_id = p_order and machine = p_machine and generation = p_generation
  order by run desc limit 1 for no key update;
  if not found then return insert_run(p_order, p_generation, p_machine, 1, p_now); end if;
  if x.settled_as = 'failed_execution' then
    if x.run < 10 then return insert_run(p_order, p_generation, p_machine, x.run + 1, p_now); end if;
    perform add_finding('runs_exhausted', p_order, p_generation, jsonb_build_object('machine', p_machine), p_now);
  elsif x.settled_as = 'done' and x.settled_at <= p_now - interval '120 seconds' then
    update outbox set settled_at = null, settled_as = null, due_at = p_now where outbox_id = x.outbox_id;
  end if;
  return false;
end
$$;

create function restart_executions(p_now timestamptz, p_limit int) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare
  c_since constant timestamptz := p_now - interval '120 seconds';
  -- A void that a machine should long have made.
  c_overdue constant timestamptz := p_now - interval '900 seconds';
  -- Voiding is retried slowly, for hours, while a payment is in `processing`.
  c_stuck constant timestamptz := p_now - interval '6 hours';
  v record; v_payments int := 0; v_fulfilments int := 0; v_settlements int := 0;
begin
  for v in
    select p.order_id, p.generation,
      case
        when p.status in ('pending', 'intent_unknown', 'voiding') then 'settlement'
        when o.status in ('cancelled', 'expired', 'released') and o.changed_at <= c_overdue then 'settlement'
        else 'payment'
      end as machine
    from payments p join orders o on o.order_id = p.order_id and o.generation = p.generation
    left join mailbox m on m.order_id = p.order_id and m.step = 'payment' and m.round = p.generation
    where p.status in ('pending', 'intent_unknown', 'requires_payment', 'authorised', 'voiding')
      and (p.swept_at is null or p.swept_at <= c_since)
      and (
        (p.status = 'intent_unknown' and p.changed_at <= c_since)
        or (p.status = 'voiding' and p.changed_at <= c_stuck)
        or (p.status = 'pending' and o.status in ('released', 'expired', 'cancelled') and o.changed_at <= c_since)
        or (p.status in ('requires_payment', 'authorised') and p.intent_recorded_at <= c_since and (
          (o.status in ('awaiting_payment', 'authorised', 'expired', 'cancelled')
            and (m.token is null or m.settled_as = 'closed'))
          or (o.status in ('cancelled', 'expired', 'released') and o.changed_at <= c_overdue)))
      )
    order by p.changed_at limit p_limit for no key update of p skip locked
  loop
    update payments set swept_at = p_now where order_id = v.order_id and generation = v.generation;
    if request_run(v.order_id, v.generation, v.machine, p_now) then
      if v.machine = 'payment' then v_payments := v_payments + 1; else v_settlements := v_settlements + 1; end if;
    end if;
  end loop;
  for v in
    select o.order_id, o.generation from orders o
    where o.status = 'confirmed' and o.changed_at <= c_since
      and not exists (select 1 from mailbox m where m.order_id = o.order_id and m.step = 'pick'
        and m.token is not null)
    order by o.changed_at limit p_limit
  loop
    if request_run(v.order_id, v.generation, 'fulfilment', p_now) then v_fulfilments := v_fulfilments + 1; end if;
  end loop;
  return jsonb_build_object('payments', v_payments, 'fulfilments', v_fulfilments, 'settlements', v_settlements);
end
$$;
