-- What expiry leaves alone, its brake while Stripe is silent, and authorisations that end.
set local search_path = kassa, pg_temp;

-- A webhook that waits to be processed may be the payment of an overdue order: for ten minutes it is left alone. So is
-- an order whose payment Stripe calls processing.
create or replace function left_alone(p_order uuid, p_now timestamptz) returns boolean language plpgsql stable as $$
begin
  return exists (
    select 1 from webhook_inbox i
    where i.order_id = p_order and i.processed_at is null and i.kept_at > p_now - interval '600 seconds')
  or exists (
    select 1 from payments p where p.order_id = p_order and p.processing_until > p_now);
end
$$;

-- Customers are paying, orders are overdue, and no webhook has come for a quarter of an hour. What we ask Stripe
-- ourselves is kept as evt_kassa_… and is no sign of life.
create function is_silent(p_now timestamptz) returns boolean language plpgsql stable as $$
begin
  return exists (select 1 from orders where status = 'awaiting_payment' and expires_at <= p_now)
    and not exists (
      select 1 from webhook_inbox
      where kept_at > p_now - interval '15 minutes' and event_id not like 'evt\_kassa\_%')
    and (
      select count(*) from (
        select 1 from payments
        where intent_recorded_at > p_now - interval '30 minutes' and intent_recorded_at <= p_now limit 5
      ) each) = 5;
end
$$;

-- Whether Stripe, just asked, said that nobody has paid; or there is no intent that anybody could pay.
create function is_asked(p_order uuid, p_now timestamptz) returns boolean language plpgsql stable as $$
begin
  return not exists (
    select 1 from payments
    where order_id = p_order and payment_intent_id is not null
      and (asked_unpaid_at is null or asked_unpaid_at <= p_now - interval '15 minutes'));
end
$$;

create or replace function measure_tail(p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  return (
    select jsonb_build_object('size', count(*),
      'oldestAge', coalesce(floor(extract(epoch from p_now - min(expires_at)))::bigint, 0))
    from orders o
    where status = 'awaiting_payment' and expires_at <= p_now and not left_alone(o.order_id, p_now))
    || case when is_silent(p_now) then '{"silent": true}' else '{}' end::jsonb;
end
$$;

-- As in 0007, with the brake.
create function expire_batch(p_lane int, p_lanes int, p_batch_size int, p_only_asked boolean, p_now timestamptz)
returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare v_chosen uuid[]; v_orders uuid[];
begin
  select array_agg(order_id) into v_chosen from (
    select o.order_id from orders o
    where status = 'awaiting_payment' and expires_at <= p_now
      and get_byte(uuid_send(o.order_id), 15) % p_lanes = p_lane
      and not left_alone(o.order_id, p_now)
      and (not p_only_asked or is_asked(o.order_id, p_now))
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

-- For functions deployed before this migration.
create or replace function expire_batch(p_lane int, p_lanes int, p_batch_size int, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  return expire_batch(p_lane, p_lanes, p_batch_size, false, p_now);
end
$$;

create function overdue_intents(p_now timestamptz, p_limit int) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  if is_silent(p_now) then perform add_finding('webhooks_silent', null, null, '{}', p_now); end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('orderId', order_id, 'generation', generation,
      'paymentIntentId', payment_intent_id) order by expires_at), '[]')
    from (
      select o.order_id, p.generation, p.payment_intent_id, o.expires_at
      from orders o join payments p on p.order_id = o.order_id and p.generation = o.generation
      where o.status = 'awaiting_payment' and o.expires_at <= p_now and not left_alone(o.order_id, p_now)
        and p.payment_intent_id is not null
        and (p.asked_unpaid_at is null or p.asked_unpaid_at <= p_now - interval '10 minutes')
      order by o.expires_at limit p_limit
    ) each);
end
$$;

create function record_unpaid(p_orders jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare v record;
begin
  for v in
    select each."orderId" as order_id, each.generation
    from jsonb_to_recordset(p_orders) as each("orderId" uuid, generation int) order by 1, 2
  loop
    update payments set asked_unpaid_at = p_now where order_id = v.order_id and generation = v.generation;
  end loop;
  return 'true';
end
$$;

-- Tells once of authorisations that end within a day, and cancels the orders of those that end within two hours, so
-- that the money is given back before its hold runs out. A packed order is being captured already.
create function watch_authorisations(p_now timestamptz, p_limit int) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare v record; o orders; v_chosen uuid[]; v_orders uuid[]; v_order uuid; v_warned int := 0; v_cancelled int := 0;
begin
  select array_agg(order_id) into v_chosen from (
    select p.order_id from payments p join orders o on o.order_id = p.order_id and o.generation = p.generation
    where p.status = 'authorised' and p.authorised_until <= p_now + interval '2 hours'
      and o.status in ('authorised', 'confirmed')
    order by p.authorised_until limit p_limit
  ) each;
  if v_chosen is not null then
    perform lock_stock_of(v_chosen);
    with held as materialized (
      select order_id, status from orders where order_id = any (v_chosen)
      order by order_id for no key update skip locked
    )
    select array_agg(order_id) into v_orders from held where status in ('authorised', 'confirmed');
    foreach v_order in array coalesce(v_orders, '{}') loop
      o := lock_order(v_order);
      perform lock_payment(o.order_id, o.generation);
      perform close_order_as_cancelled(o, 'cancelled', p_now);
      update orders set cancel_reason = 'authorisation_ending' where order_id = o.order_id;
      perform write_events(array[o.order_id], 'OrderCancelled', p_now);
      v_cancelled := v_cancelled + 1;
    end loop;
  end if;

  for v in
    select o.order_id, p.generation, p.authorised_until
    from payments p join orders o on o.order_id = p.order_id and o.generation = p.generation
    where p.status = 'authorised' and p.authorised_until <= p_now + interval '24 hours'
      and p.authorisation_warned_at is null and o.status in ('authorised', 'confirmed', 'packed')
    order by p.authorised_until limit p_limit for no key update of o skip locked
  loop
    update payments set authorisation_warned_at = p_now
    where order_id = v.order_id and generation = v.generation and status = 'authorised'
      and authorisation_warned_at is null;
    if found then
      perform add_finding('authorisation_ending', v.order_id, v.generation,
        jsonb_build_object('until', iso(v.authorised_until)), p_now);
      perform write_payment_event(v.order_id, 'AuthorisationEnding', p_now);
      v_warned := v_warned + 1;
    end if;
  end loop;
  return jsonb_build_object('warned', v_warned, 'cancelled', v_cancelled);
end
$$;
