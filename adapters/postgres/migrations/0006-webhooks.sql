set local search_path = kassa, pg_temp;

create function keep_webhook(p_webhook jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  insert into webhook_inbox (event_id, order_id, webhook, kept_at, due_at)
  values (p_webhook ->> 'eventId', (p_webhook #>> '{object,orderId}')::uuid, p_webhook, p_now, p_now)
  on conflict do nothing;
  return to_jsonb(case when found then 'kept' else 'duplicate' end);
end
$$;

create function lease_webhooks(p_limit int, p_now timestamptz, p_lease_until timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare v_rows jsonb;
begin
  with due as (
    select event_id from webhook_inbox where processed_at is null and due_at <= p_now
    order by due_at, kept_at limit p_limit for no key update skip locked
  ), leased as (
    update webhook_inbox i set due_at = p_lease_until, attempts = i.attempts + 1
    from due where i.event_id = due.event_id returning i.*
  )
  select coalesce(jsonb_agg(webhook || jsonb_build_object('attempts', attempts, 'keptAt', iso(kept_at))
    order by kept_at, event_id), '[]')
  into v_rows from leased;
  return v_rows;
end
$$;

create function postpone_webhook(p_event_id text, p_retry_at timestamptz, p_give_up text, p_now timestamptz)
returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare i webhook_inbox;
begin
  if p_give_up is null then
    update webhook_inbox set due_at = p_retry_at where event_id = p_event_id and processed_at is null;
    return 'true';
  end if;
  update webhook_inbox set processed_at = p_now, result = 'given_up'
  where event_id = p_event_id and processed_at is null returning * into i;
  if found then
    perform add_finding('webhook_given_up', i.order_id, (i.webhook #>> '{object,generation}')::int,
      jsonb_build_object('eventId', p_event_id, 'type', i.webhook ->> 'type', 'reason', p_give_up), p_now);
  end if;
  return 'true';
end
$$;

-- The money is there but the order is not: give it back. Voiding is marked here, so nothing revives it later.
create function void_late(p payments, p_intent text, p_now timestamptz) returns text language plpgsql as $$
begin
  if p.status = 'voided' then
    -- Nobody knew of this intent when the payment was closed.
    if p.payment_intent_id is null then
      perform add_finding('authorised_after_void', p.order_id, p.generation,
        jsonb_build_object('paymentIntentId', p_intent), p_now);
      return 'late_voided';
    end if;
    return 'already';
  end if;
  if p.status <> 'voiding' then
    update payments set status = 'voiding', payment_intent_id = coalesce(payment_intent_id, p_intent),
      changed_at = p_now
    where order_id = p.order_id and generation = p.generation;
  end if;
  perform insert_run(p.order_id, p.generation, 'settlement', 1, p_now);
  return 'late_voided';
end
$$;

-- The arbiter's one way back: an expired order whose goods are all still there. The caller holds the locks on
-- stock, order and payment. The mailbox keeps its outcome `expired`: mark_voiding then answers `revived`.
create function revive_order(o orders, p payments, p_now timestamptz) returns boolean language plpgsql as $$
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
  update payments set status = 'authorised', changed_at = p_now
  where order_id = p.order_id and generation = p.generation;
  update orders set status = 'authorised', event_sequence = event_sequence + 1, changed_at = p_now
  where order_id = o.order_id;
  perform write_events(array[o.order_id], 'OrderAuthorised', p_now);
  return true;
end
$$;

create function apply_authorised(o orders, p payments, p_intent text, p_now timestamptz) returns text
language plpgsql as $$
begin
  if o.status = 'awaiting_payment' then
    if p.status = 'pending' then return 'early'; end if;
    update payments set status = 'authorised', changed_at = p_now
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

create function apply_declined(o orders, p payments, p_now timestamptz) returns text language plpgsql as $$
begin
  if o.status <> 'awaiting_payment' then return 'ignored'; end if;
  if p.status = 'pending' then return 'early'; end if;
  perform write_payment_event(o.order_id, 'PaymentDeclined', p_now);
  return 'applied';
end
$$;

create function apply_canceled(o orders, p payments, p_intent text, p_now timestamptz) returns text
language plpgsql as $$
begin
  if p.status in ('voided', 'captured') then return 'already'; end if;
  if p.status = 'pending' and o.status = 'awaiting_payment' then return 'early'; end if;
  update payments set status = 'voided', payment_intent_id = coalesce(payment_intent_id, p_intent),
    changed_at = p_now
  where order_id = p.order_id and generation = p.generation;
  perform write_payment_event(o.order_id, 'PaymentVoided', p_now);
  if o.status in ('awaiting_payment', 'authorised', 'confirmed') then
    perform close_order_as_cancelled(o, 'intent_canceled', p_now);
    perform write_events(array[o.order_id], 'OrderCancelled', p_now);
  elsif o.status in ('packed', 'out_for_delivery', 'delivered') then
    perform add_finding('canceled_after_packing', o.order_id, p.generation,
      jsonb_build_object('paymentIntentId', p_intent), p_now);
  end if;
  return 'applied';
end
$$;

create function close_webhook(p_event_id text, p_result text, p_now timestamptz) returns jsonb
language plpgsql as $$
begin
  update webhook_inbox set processed_at = p_now, result = p_result
  where event_id = p_event_id and processed_at is null;
  return to_jsonb(p_result);
end
$$;

-- Applies a kept webhook and marks it processed. Where stock must be locked and the order moved meanwhile, it
-- answers with a serialization failure, and the same call is made again.
create function apply_webhook(
  p_event_id text, p_order uuid, p_generation int, p_intent text, p_kind text, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders; p payments; v_result text; v_stock_locked boolean;
begin
  if p_kind = 'ignored' then return close_webhook(p_event_id, 'ignored', p_now); end if;
  select * into o from orders where order_id = p_order;
  if not found then return '"early"'; end if;
  v_stock_locked := (p_kind = 'authorised' and o.status = 'expired')
    or (p_kind = 'canceled' and o.status in ('awaiting_payment', 'authorised', 'confirmed'));
  if v_stock_locked then perform lock_stock_of(array[p_order]); end if;
  select * into o from orders where order_id = p_order for no key update;
  if p_kind = 'authorised' and o.status = 'expired' and not v_stock_locked then
    raise exception 'the order expired at this moment' using errcode = 'serialization_failure';
  end if;
  if p_kind = 'canceled' and o.status in ('awaiting_payment', 'authorised', 'confirmed') and not v_stock_locked then
    raise exception 'the order was revived at this moment' using errcode = 'serialization_failure';
  end if;
  select * into p from payments where order_id = p_order and generation = p_generation for no key update;
  if not found then return '"early"'; end if;
  -- Under the order's lock, so that of two workers with one event one applies it.
  if exists (select 1 from webhook_inbox where event_id = p_event_id and processed_at is not null) then
    return '"already"';
  end if;

  if p.payment_intent_id <> p_intent then
    perform add_finding('foreign_intent', p_order, p_generation,
      jsonb_build_object('eventId', p_event_id, 'paymentIntentId', p_intent, 'kind', p_kind), p_now);
    return close_webhook(p_event_id, 'ignored', p_now);
  end if;
  -- An older generation's intent was canceled before the order got a newer one: only money is news.
  if p_generation <> o.generation then
    if p_kind = 'authorised' then
      perform add_finding('authorised_older_generation', p_order, p_generation,
        jsonb_build_object('eventId', p_event_id, 'paymentIntentId', p_intent), p_now);
    end if;
    return close_webhook(p_event_id, 'ignored', p_now);
  end if;
  v_result := case p_kind
    when 'authorised' then apply_authorised(o, p, p_intent, p_now)
    when 'declined' then apply_declined(o, p, p_now)
    when 'canceled' then apply_canceled(o, p, p_intent, p_now)
  end;
  if v_result = 'early' then return '"early"'; end if;
  return close_webhook(p_event_id, v_result, p_now);
end
$$;
