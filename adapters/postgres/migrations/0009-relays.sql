set local search_path = kassa, pg_temp;

-- Keeps the token if its wait is newer than the one kept; a newer wait gets the stored outcome (again).
create function register_token(p_order uuid, p_step text, p_round int, p_wait jsonb, p_now timestamptz)
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
      < (excluded.run, excluded.redrive_count, excluded.entered_at, excluded.retry_count);
  select outcome is not null and settled_at is null into v_ready from mailbox
  where order_id = p_order and step = p_step and round = p_round and token = c_token;
  return coalesce(v_ready, false);
end
$$;

create function lease_mailbox(p_limit int, p_now timestamptz, p_lease_until timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare v_rows jsonb;
begin
  with due as (
    select order_id, step, round from mailbox
    where token is not null and outcome is not null and settled_at is null and due_at <= p_now
    order by due_at limit p_limit for no key update skip locked
  ), leased as (
    update mailbox m set due_at = p_lease_until, attempts = m.attempts + 1
    from due d where (m.order_id, m.step, m.round) = (d.order_id, d.step, d.round) returning m.*
  )
  select coalesce(jsonb_agg(jsonb_build_object('orderId', order_id, 'step', step, 'round', round,
    'token', token, 'outcome', outcome, 'attempts', attempts)), '[]')
  into v_rows from leased;
  return v_rows;
end
$$;

create function settle_mailbox(p_answers jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  with answers as (
    select * from jsonb_to_recordset(p_answers)
      as a("orderId" uuid, step text, round int, token text, result text, "retryAt" timestamptz)
  ), locked as (
    select m.order_id, m.step, m.round, a.result, a."retryAt"
    from mailbox m join answers a
      on m.order_id = a."orderId" and m.step = a.step and m.round = a.round and m.token = a.token
    where m.settled_at is null
    order by m.order_id, m.step, m.round for no key update of m
  )
  update mailbox m
  set settled_at = case when l.result = 'retry' then null else p_now end,
    settled_as = case when l.result = 'retry' then null else l.result end,
    due_at = case when l.result = 'retry' then coalesce(l."retryAt", p_now) else m.due_at end
  from locked l where (m.order_id, m.step, m.round) = (l.order_id, l.step, l.round);
  return 'true';
end
$$;

create function lease_outbox(p_limit int, p_now timestamptz, p_lease_until timestamptz) returns jsonb
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
      else jsonb_build_object('machine', machine, 'name', order_id || '.' || generation || '.' || run,
        'input', input)
    end order by outbox_id), '[]')
  into v_rows from leased;
  return v_rows;
end
$$;

create function settle_outbox(p_answers jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  with answers as (
    select * from jsonb_to_recordset(p_answers) as a(id bigint, result text, "retryAt" timestamptz)
  ), locked as (
    select x.outbox_id, a.result, a."retryAt" from outbox x join answers a on x.outbox_id = a.id
    where x.settled_at is null order by x.outbox_id for no key update of x
  )
  update outbox x
  set settled_at = case when l.result = 'retry' then null else p_now end,
    settled_as = case when l.result = 'retry' then null else l.result end,
    due_at = case when l.result = 'retry' then coalesce(l."retryAt", p_now) else x.due_at end
  from locked l where x.outbox_id = l.outbox_id;
  return 'true';
end
$$;
