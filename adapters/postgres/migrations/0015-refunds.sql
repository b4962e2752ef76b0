-- Money that goes back, disputes, and the webhooks that tell of them.
set local search_path = kassa, pg_temp;

create function refundable(p payments) returns bigint language sql stable as $$
  select p.captured_amount - coalesce(sum(r.amount), 0)::bigint from refunds r
  where r.order_id = p.order_id and r.generation = p.generation and r.status <> 'failed'
$$;

create function refund_view(r refunds) returns jsonb language sql stable as $$
  select jsonb_build_object('refundId', r.refund_id, 'orderId', r.order_id, 'amount', r.amount,
    'currency', r.currency, 'status', r.status, 'reason', r.reason, 'requestedBy', r.requested_by,
    'requestedAt', iso(r.requested_at), 'failureReason', r.failure_reason)
$$;

create function insert_refund_run(p_refund uuid, p_run int, p_now timestamptz) returns boolean language plpgsql as $$
begin
  insert into outbox (kind, order_id, generation, machine, run, refund_id, input, created_at, due_at)
  select 'execution', r.order_id, r.generation, 'settlement', p_run, r.refund_id,
    jsonb_build_object('orderId', r.order_id, 'generation', r.generation, 'run', p_run,
      'correlationId', o.correlation_id, 'kind', 'refund', 'refundId', r.refund_id,
      'paymentIntentId', p.payment_intent_id, 'amount', r.amount, 'currency', r.currency),
    p_now, p_now
  from refunds r
  join orders o on o.order_id = r.order_id
  join payments p on p.order_id = r.order_id and p.generation = r.generation
  where r.refund_id = p_refund
  on conflict do nothing;
  return found;
end
$$;

-- The name of a settlement that makes a refund is the refund's, so that each refund has its own.
create or replace function lease_outbox(p_limit int, p_now timestamptz, p_lease_until timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare v_rows jsonb;
begin
  with due as (
    select outbox_id from outbox where settled_at is null and due_at <= p_now
    order by due_at, outbox_id limit p_limit for no key update skip locked
  ), leased as (
    update outbox x set due_at = p_lease_until, attempts = x.attempts + 1
    from due where x.outbox_id = due.outbox_id returning x.*
  )
  select coalesce(jsonb_agg(
    jsonb_build_object('id', outbox_id::text, 'kind', kind, 'attempts', attempts) || case kind
      when 'event' then jsonb_build_object('source', source, 'type', type, 'detail', detail)
      else jsonb_build_object('machine', machine,
        'name', coalesce(refund_id::text, order_id || '.' || generation) || '.' || run, 'input', input)
    end order by outbox_id), '[]')
  into v_rows from leased;
  return v_rows;
end
$$;

-- As in 0007, for the runs of one refund or of none.
create function request_run(
  p_order uuid, p_generation int, p_machine text, p_refund uuid, p_now timestamptz
) returns boolean language plpgsql as $$
declare x outbox; v_next int := 1;
begin
  select * into x from outbox
  where kind = 'execution' and order_id = p_order and machine = p_machine and generation = p_generation
    and refund_id is not distinct from p_refund
  order by run desc limit 1 for no key update;
  if found then
    if x.settled_as = 'done' and x.settled_at <= p_now - interval '120 seconds' then
      update outbox set settled_at = null, settled_as = null, due_at = p_now where outbox_id = x.outbox_id;
    end if;
    if x.settled_as is distinct from 'failed_execution' then return false; end if;
    if x.run >= 10 then
      perform add_finding('runs_exhausted', p_order, p_generation,
        jsonb_build_object('machine', p_machine, 'refundId', p_refund), p_now);
      return false;
    end if;
    v_next := x.run + 1;
  end if;
  if p_refund is not null then return insert_refund_run(p_refund, v_next, p_now); end if;
  return insert_run(p_order, p_generation, p_machine, v_next, p_now);
end
$$;

create or replace function request_run(p_order uuid, p_generation int, p_machine text, p_now timestamptz)
returns boolean language plpgsql as $$
begin
  return request_run(p_order, p_generation, p_machine, null, p_now);
end
$$;

-- The caller holds the locks on the order and the payment and has seen that the amount fits.
create function insert_refund(
  p payments, p_amount bigint, p_asked bigint, p_reason text, p_by text, p_key text, p_now timestamptz
) returns uuid language plpgsql as $$
declare v_refund uuid;
begin
  insert into refunds (refund_id, order_id, generation, refund_key, amount, asked_amount, currency, status, reason,
    requested_by, requested_at, changed_at)
  values (gen_random_uuid(), p.order_id, p.generation, p_key, p_amount, p_asked, p.currency, 'requested', p_reason,
    p_by, p_now, p_now)
  on conflict (refund_key) do nothing returning refund_id into v_refund;
  if v_refund is null then
    raise exception 'the key was used at this moment' using errcode = 'serialization_failure';
  end if;
  perform write_payment_event(p.order_id, 'RefundRequested', p_now);
  perform insert_refund_run(v_refund, 1, p_now);
  return v_refund;
end
$$;

create function request_refund(
  p_order uuid, p_amount bigint, p_reason text, p_subject text, p_key text, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare
  c_key constant text := p_subject || ':' || p_key;
  o orders; p payments; r refunds; v_refundable bigint; v_refund uuid;
begin
  select * into o from orders where order_id = p_order for no key update;
  if not found then return '{"outcome": "not_found"}'; end if;
  p := lock_payment(p_order, o.generation);
  select * into r from refunds where refund_key = c_key;
  if found then
    if r.order_id <> p_order or r.asked_amount is distinct from p_amount or r.reason <> p_reason then
      return '{"outcome": "key_reused"}';
    end if;
    return jsonb_build_object('outcome', 'requested', 'refund', refund_view(r));
  end if;
  if p.status <> 'captured' then
    return jsonb_build_object('outcome', 'not_captured', 'paymentStatus', p.status);
  end if;
  v_refundable := refundable(p);
  if v_refundable <= 0 or p_amount > v_refundable then
    return jsonb_build_object('outcome', 'too_much', 'refundable', v_refundable, 'currency', p.currency);
  end if;
  v_refund := insert_refund(p, coalesce(p_amount, v_refundable), p_amount, p_reason, p_subject, c_key, p_now);
  select * into strict r from refunds where refund_id = v_refund;
  return jsonb_build_object('outcome', 'requested', 'refund', refund_view(r));
end
$$;

create function refunds_of(p_order uuid) returns jsonb
language plpgsql stable security definer set search_path = kassa, pg_temp as $$
begin
  return (
    select coalesce(jsonb_agg(refund_view(r) order by r.requested_at, r.refund_id), '[]')
    from refunds r where r.order_id = p_order);
end
$$;

-- Moves a refund forward, never back: what comes late or twice changes nothing. The caller holds the order's lock.
create function move_refund(
  p_refund uuid, p_stripe_id text, p_status text, p_failure text, p_now timestamptz
) returns boolean language plpgsql as $$
declare r refunds;
begin
  select * into strict r from refunds where refund_id = p_refund for no key update;
  if r.stripe_refund_id is null and p_stripe_id is not null then
    update refunds set stripe_refund_id = p_stripe_id where refund_id = p_refund;
  end if;
  if not exists (
    select 1 from status_transitions t
    where t.aggregate = 'refund' and t.from_status = r.status and t.to_status = p_status
  ) then
    return false;
  end if;
  update refunds set status = p_status, failure_reason = p_failure, changed_at = p_now where refund_id = p_refund;
  if p_status = 'succeeded' then
    perform write_payment_event(r.order_id, 'RefundSucceeded', p_now);
  elsif p_status = 'failed' then
    perform write_payment_event(r.order_id, 'RefundFailed', p_now);
    perform add_finding('refund_failed', r.order_id, r.generation,
      jsonb_build_object('refundId', r.refund_id, 'amount', r.amount, 'reason', p_failure), p_now);
  end if;
  return true;
end
$$;

create function record_refund(
  p_order uuid, p_refund uuid, p_stripe_id text, p_status text, p_failure text, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders; r refunds;
begin
  o := lock_order(p_order);
  select * into r from refunds where refund_id = p_refund and order_id = p_order for no key update;
  if not found then raise exception 'there is no refund %', p_refund using errcode = 'KS404'; end if;
  -- Refused without an id says that this call made none; one that Stripe has told us of stands.
  if p_stripe_id is not null or r.status = 'requested' then
    perform move_refund(p_refund, p_stripe_id, p_status, p_failure, p_now);
  end if;
  select * into strict r from refunds where refund_id = p_refund;
  return jsonb_build_object('outcome', 'recorded', 'status', r.status);
end
$$;

-- A refund that nobody here asked for. What we asked for and Stripe does not know of can no longer be had where the
-- two exceed what was captured: the youngest of those fail.
create function record_foreign_refund(
  p payments, p_stripe_id text, p_amount bigint, p_status text, p_failure text, p_now timestamptz
) returns void language plpgsql as $$
declare v_refund uuid; v_over bigint; v record;
begin
  if p_status <> 'failed' then
    v_over := p_amount - refundable(p);
    for v in
      select refund_id, amount from refunds
      where order_id = p.order_id and generation = p.generation and status = 'requested'
      order by requested_at desc, refund_id
    loop
      exit when v_over <= 0;
      perform move_refund(v.refund_id, null, 'failed', 'refunded_otherwise', p_now);
      v_over := v_over - v.amount;
    end loop;
    if v_over > 0 then
      perform add_finding('refunds_exceed_capture', p.order_id, p.generation,
        jsonb_build_object('stripeRefundId', p_stripe_id, 'over', v_over), p_now);
    end if;
  end if;
  insert into refunds (refund_id, order_id, generation, refund_key, amount, currency, status, reason,
    stripe_refund_id, requested_by, requested_at, changed_at)
  values (gen_random_uuid(), p.order_id, p.generation, 'stripe:' || p_stripe_id, p_amount, p.currency, 'pending',
    'made at Stripe', p_stripe_id, 'stripe', p_now, p_now)
  returning refund_id into v_refund;
  perform write_payment_event(p.order_id, 'RefundRequested', p_now);
  perform move_refund(v_refund, p_stripe_id, p_status, p_failure, p_now);
end
$$;

create function apply_refund(p payments, p_object jsonb, p_now timestamptz) returns text language plpgsql as $$
declare
  c_id constant text := p_object ->> 'id';
  c_status constant text := case p_object ->> 'status'
    when 'succeeded' then 'succeeded' when 'failed' then 'failed' when 'canceled' then 'failed' else 'pending' end;
  v_refund uuid;
begin
  -- The capture may not be on record yet; a void's own refund is no news.
  if p.status <> 'captured' then return case when p.status = 'authorised' then 'early' else 'ignored' end; end if;
  select refund_id into v_refund from refunds
  where order_id = p.order_id and generation = p.generation
    and (stripe_refund_id = c_id or (stripe_refund_id is null and refund_id = (p_object ->> 'refundId')::uuid))
  order by stripe_refund_id nulls last limit 1;
  if found then
    return case
      when move_refund(v_refund, c_id, c_status, p_object ->> 'reason', p_now) then 'applied' else 'already' end;
  end if;
  perform record_foreign_refund(p, c_id, (p_object ->> 'amount')::bigint, c_status, p_object ->> 'reason', p_now);
  return 'applied';
end
$$;

create function apply_dispute(p payments, p_type text, p_created bigint, p_object jsonb, p_now timestamptz)
returns text language plpgsql as $$
declare
  c_id constant text := p_object ->> 'id';
  d disputes; v_new boolean := false;
begin
  select * into d from disputes where dispute_id = c_id for no key update;
  if not found then
    v_new := true;
    insert into disputes (dispute_id, order_id, generation, status, reason, amount, event_created, opened_at,
      changed_at)
    values (c_id, p.order_id, p.generation, p_object ->> 'status', p_object ->> 'reason',
      (p_object ->> 'amount')::bigint, p_created, p_now, p_now)
    returning * into d;
    perform write_payment_event(p.order_id, 'DisputeOpened', p_now);
    perform add_finding('dispute_opened', p.order_id, p.generation, jsonb_build_object(
      'disputeId', c_id, 'amount', d.amount, 'reason', d.reason), p_now);
  end if;
  if p_type = 'charge.dispute.closed' and d.closed_at is null then
    update disputes set status = p_object ->> 'status', closed_at = p_now, changed_at = p_now,
      event_created = greatest(event_created, p_created)
    where dispute_id = c_id;
    perform write_payment_event(p.order_id, 'DisputeClosed', p_now);
    if p_object ->> 'status' = 'lost' then
      perform add_finding('dispute_lost', p.order_id, p.generation,
        jsonb_build_object('disputeId', c_id, 'amount', d.amount), p_now);
    end if;
    return 'applied';
  end if;
  if v_new then return 'applied'; end if;
  if d.closed_at is not null or p_created <= d.event_created then return 'already'; end if;
  update disputes set status = p_object ->> 'status', amount = (p_object ->> 'amount')::bigint,
    event_created = p_created, changed_at = p_now
  where dispute_id = c_id;
  return 'applied';
end
$$;

-- Until when the card's authorisation holds, as its bank says.
create function apply_charge(p payments, p_object jsonb, p_now timestamptz) returns text language plpgsql as $$
declare c_until constant timestamptz := to_timestamp((p_object ->> 'captureBefore')::bigint);
begin
  if c_until is null then return 'ignored'; end if;
  if p.authorised_until is not distinct from c_until then return 'already'; end if;
  update payments set authorised_until = c_until where order_id = p.order_id and generation = p.generation;
  return 'applied';
end
$$;

create function apply_processing(o orders, p payments, p_now timestamptz) returns text language plpgsql as $$
begin
  if o.status <> 'awaiting_payment' then return 'ignored'; end if;
  if p.status = 'pending' then return 'early'; end if;
  update payments set processing_until = p_now + interval '24 hours'
  where order_id = p.order_id and generation = p.generation;
  return 'applied';
end
$$;

create or replace function apply_declined(o orders, p payments, p_now timestamptz) returns text
language plpgsql as $$
begin
  if o.status <> 'awaiting_payment' then return 'ignored'; end if;
  if p.status = 'pending' then return 'early'; end if;
  update payments set processing_until = null
  where order_id = p.order_id and generation = p.generation and processing_until is not null;
  perform write_payment_event(o.order_id, 'PaymentDeclined', p_now);
  return 'applied';
end
$$;

-- As in 0006, keeping how long the authorisation holds; six days where the bank has not said.
create or replace function revive_order(o orders, p payments, p_now timestamptz) returns boolean
language plpgsql as $$
begin
  if exists (
    select 1 from reservations r join stock s on s.sku = r.sku
    where r.order_id = o.order_id and s.on_hand - s.reserved < r.quantity
  ) then
    return false;
  end if;
  with held as (
    update reservations set status = 'held' where order_id = o.order_id and status = 'released'
    returning sku, quantity
  ), moved as (
    insert into stock_movements (sku, order_id, reason, on_hand_change, reserved_change, at)
    select sku, o.order_id, 'reserve', 0, quantity, p_now from held
  )
  update stock s set reserved = s.reserved + h.quantity from held h where s.sku = h.sku;
  update payments set status = 'authorised', changed_at = p_now,
    authorised_until = coalesce(authorised_until, p_now + interval '6 days')
  where order_id = p.order_id and generation = p.generation;
  update orders set status = 'authorised', event_sequence = event_sequence + 1, changed_at = p_now
  where order_id = o.order_id;
  perform write_events(array[o.order_id], 'OrderAuthorised', p_now);
  return true;
end
$$;

create or replace function apply_authorised(o orders, p payments, p_intent text, p_now timestamptz) returns text
language plpgsql as $$
begin
  if o.status = 'awaiting_payment' then
    if p.status = 'pending' then return 'early'; end if;
    update payments set status = 'authorised', changed_at = p_now,
      authorised_until = coalesce(authorised_until, p_now + interval '6 days')
    where order_id = p.order_id and generation = p.generation;
    update orders set status = 'authorised', event_sequence = event_sequence + 1, changed_at = p_now
    where order_id = o.order_id;
    perform put_outcomes(array[o.order_id], 'payment', p.generation, '{"outcome": "authorised"}', p_now);
    perform write_events(array[o.order_id], 'OrderAuthorised', p_now);
    return 'applied';
  end if;
  if p.status in ('authorised', 'captured') then return 'already'; end if;
  if o.status = 'expired' and p.status = 'requires_payment' and revive_order(o, p, p_now) then
    return 'revived';
  end if;
  return void_late(p, p_intent, p_now);
end
$$;

-- Webhooks that move no goods: refunds, disputes, charges, processing. Found by the intent.
create function apply_money_webhook(p_webhook jsonb, p_kind text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare
  c_event constant text := p_webhook ->> 'eventId';
  c_object constant jsonb := p_webhook -> 'object';
  c_intent constant text := case when p_kind = 'processing' then c_object ->> 'id' else c_object ->> 'paymentIntentId' end;
  o orders; p payments; v_result text;
begin
  select * into p from payments where payment_intent_id = c_intent;
  if not found then
    -- An order of ours whose intent is not on record yet, or nothing of ours.
    if c_object ->> 'orderId' is not null then return '"early"'; end if;
    return close_webhook(c_event, 'ignored', p_now);
  end if;
  o := lock_order(p.order_id);
  p := lock_payment(p.order_id, p.generation);
  if exists (select 1 from webhook_inbox where event_id = c_event and processed_at is not null) then
    return '"already"';
  end if;
  v_result := case p_kind
    when 'refund' then apply_refund(p, c_object, p_now)
    when 'dispute' then
      apply_dispute(p, p_webhook ->> 'type', (p_webhook ->> 'created')::bigint, c_object, p_now)
    when 'charge' then apply_charge(p, c_object, p_now)
    when 'processing' then apply_processing(o, p, p_now)
    else 'ignored'
  end;
  if v_result = 'early' then return '"early"'; end if;
  return close_webhook(c_event, v_result, p_now);
end
$$;

-- Refunds nobody has carried to Stripe. Answers how many settlements were asked for.
create function restart_refunds(p_now timestamptz, p_limit int) returns int language plpgsql as $$
declare v record; v_count int := 0;
begin
  for v in
    select refund_id, order_id, generation from refunds
    where status = 'requested' and changed_at <= p_now - interval '900 seconds'
      and (swept_at is null or swept_at <= p_now - interval '120 seconds')
    order by changed_at limit p_limit for no key update skip locked
  loop
    update refunds set swept_at = p_now where refund_id = v.refund_id;
    if request_run(v.order_id, v.generation, 'settlement', v.refund_id, p_now) then v_count := v_count + 1; end if;
  end loop;
  return v_count;
end
$$;

create function sweep_executions(p_now timestamptz, p_limit int) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare v_swept jsonb; v_refunds int;
begin
  v_swept := restart_executions(p_now, p_limit);
  v_refunds := restart_refunds(p_now, p_limit);
  return jsonb_set(v_swept, '{settlements}', to_jsonb((v_swept ->> 'settlements')::int + v_refunds));
end
$$;
