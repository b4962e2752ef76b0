-- The steps of an order that goes straight, as before, with fewer statements: what was just written is not read again,
-- an outcome of one order is put by one insert, and an event is made from the rows in hand.
set local search_path = kassa, pg_temp;

-- Puts an outcome into one round of an order's mailbox unless one is there. Answers whether it was put.
create function put_outcome(p_order uuid, p_step text, p_round int, p_outcome jsonb, p_now timestamptz)
returns boolean language plpgsql as $$
begin
  insert into mailbox (order_id, step, round, outcome, outcome_at, due_at)
  values (p_order, p_step, p_round, p_outcome, p_now, p_now)
  on conflict (order_id, step, round) do update
    set outcome = excluded.outcome, outcome_at = excluded.outcome_at, due_at = excluded.due_at
    where mailbox.outcome is null;
  return found;
end
$$;

create or replace function apply_authorised(o orders, p payments, p_intent text, p_now timestamptz) returns text
language plpgsql as $$
begin
  if o.status = 'awaiting_payment' then
    if p.status = 'pending' then return 'early'; end if;
    update payments set status = 'authorised', changed_at = p_now,
      authorised_until = coalesce(authorised_until, p_now + interval '6 days')
    where order_id = p.order_id and generation = p.generation returning * into p;
    update orders set status = 'authorised', event_sequence = event_sequence + 1, changed_at = p_now
    where order_id = o.order_id returning * into o;
    perform put_outcome(o.order_id, 'payment', p.generation, '{"outcome": "authorised"}', p_now);
    perform write_event(o, p, 'OrderAuthorised', p_now);
    return 'applied';
  end if;
  if p.status in ('authorised', 'captured') then return 'already'; end if;
  if o.status = 'expired' and p.status = 'requires_payment' and revive_order(o, p, p_now) then
    return 'revived';
  end if;
  return void_late(p, p_intent, p_now);
end
$$;

create or replace function confirm_order(p_order uuid, p_generation int, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders; p payments;
begin
  o := lock_order(p_order);
  p := lock_payment(p_order, p_generation);
  if o.status in ('confirmed', 'packed', 'out_for_delivery', 'delivered') then
    return '{"outcome": "confirmed"}';
  end if;
  if o.status in ('cancelled', 'expired', 'released') then return '{"outcome": "lost"}'; end if;
  if o.status <> 'authorised' then
    raise exception 'order % is %, not authorised', p_order, o.status using errcode = 'KS409';
  end if;
  update orders set status = 'confirmed', event_sequence = event_sequence + 1, changed_at = p_now
  where order_id = p_order returning * into o;
  update reservations set status = 'committed' where order_id = p_order and status = 'held';
  perform write_event(o, p, 'OrderConfirmed', p_now);
  return '{"outcome": "confirmed"}';
end
$$;

create or replace function record_capture(p_order uuid, p_generation int, p_amount bigint, p_now timestamptz)
returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders; p payments;
begin
  o := lock_order(p_order);
  p := lock_payment(p_order, p_generation);
  if p.status = 'captured' and p.captured_amount = p_amount then return '{"outcome": "recorded"}'; end if;
  if p.status <> 'authorised' then
    raise exception 'payment of order % is %, not authorised', p_order, p.status using errcode = 'KS409';
  end if;
  update payments set status = 'captured', captured_amount = p_amount, changed_at = p_now
  where order_id = p_order and generation = p_generation returning * into p;
  update orders set event_sequence = event_sequence + 1 where order_id = p_order returning * into o;
  perform write_event(o, p, 'PaymentCaptured', p_now);
  return '{"outcome": "recorded"}';
end
$$;

create or replace function complete_order(p_order uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders; p payments;
begin
  o := lock_order(p_order);
  if o.status = 'delivered' then return '{"outcome": "completed"}'; end if;
  if o.status not in ('packed', 'out_for_delivery') then
    raise exception 'order % is %, not on its way', p_order, o.status using errcode = 'KS409';
  end if;
  update orders set status = 'delivered', event_sequence = event_sequence + 1, changed_at = p_now
  where order_id = p_order returning * into o;
  select * into strict p from payments where order_id = p_order and generation = o.generation;
  perform write_event(o, p, 'OrderDelivered', p_now);
  return '{"outcome": "completed"}';
end
$$;

create or replace function open_pick_task(
  p_order uuid, p_round int, p_task_id uuid, p_wait jsonb, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders; v_task uuid; v_ready boolean;
begin
  o := lock_order(p_order);
  if o.status not in ('confirmed', 'packed', 'out_for_delivery', 'delivered', 'cancelled', 'returning', 'returned',
    'lost')
  then
    raise exception 'order % is %, not confirmed', p_order, o.status using errcode = 'KS409';
  end if;
  insert into warehouse_tasks (task_id, order_id, kind, round, status, opened_at, changed_at)
  values (p_task_id, p_order, 'pick', p_round, case when o.status = 'confirmed' then 'open' else 'cancelled' end,
    p_now, p_now)
  on conflict (order_id, kind, round) do nothing returning task_id into v_task;
  if v_task is null then
    select task_id into strict v_task from warehouse_tasks
    where order_id = p_order and kind = 'pick' and round = p_round;
  end if;
  if o.status = 'cancelled' then
    perform put_outcome(p_order, 'pick', p_round, '{"outcome": "cancelled"}', p_now);
  end if;
  v_ready := register_token(p_order, 'pick', p_round, p_wait, p_now);
  return jsonb_build_object('taskId', v_task, 'ready', v_ready);
end
$$;

-- As in 0009. A row that was inserted, or whose token was replaced, answers at once.
create or replace function register_token(p_order uuid, p_step text, p_round int, p_wait jsonb, p_now timestamptz)
returns boolean language plpgsql security definer set search_path = kassa, pg_temp as $$
declare
  c_token constant text := p_wait ->> 'token';
  v_ready boolean;
begin
  insert into mailbox (order_id, step, round, token, run, redrive_count, entered_at, retry_count, token_at, due_at)
  values (p_order, p_step, p_round, c_token, (p_wait ->> 'run')::int, (p_wait ->> 'redriveCount')::int,
    (p_wait ->> 'enteredAt')::timestamptz, (p_wait ->> 'retryCount')::int, p_now, p_now)
  on conflict (order_id, step, round) do update
    set token = excluded.token, run = excluded.run, redrive_count = excluded.redrive_count,
      entered_at = excluded.entered_at, retry_count = excluded.retry_count, token_at = excluded.token_at,
      due_at = excluded.due_at, attempts = 0, settled_at = null, settled_as = null
    where mailbox.token is null or (mailbox.run, mailbox.redrive_count, mailbox.entered_at, mailbox.retry_count)
      < (excluded.run, excluded.redrive_count, excluded.entered_at, excluded.retry_count)
  returning outcome is not null into v_ready;
  if v_ready is null then
    select outcome is not null and settled_at is null into v_ready from mailbox
    where order_id = p_order and step = p_step and round = p_round and token = c_token;
  end if;
  return coalesce(v_ready, false);
end
$$;

-- A payment without an intent needs no place in these.
alter table payments drop constraint payments_payment_intent_id_key;
create unique index payments_of_intent on payments (payment_intent_id) where payment_intent_id is not null;
drop index payments_by_intent_recorded;
create index payments_by_intent_recorded on payments (intent_recorded_at) where intent_recorded_at is not null;
