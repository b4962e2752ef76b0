-- The nightly comparison with Stripe: how far it came, what it saw once, what it keeps for people.
set local search_path = kassa, pg_temp;

-- How far each list was followed. `touched`: the last payment compared, by the time it changed and its id. Of Stripe's
-- own lists: all made before `at` was seen; while `until` is set, the window up to there is being gone through.
create table reconciliation_marks (
  feed text primary key check (feed in ('touched', 'intents', 'refunds', 'disputes')),
  at timestamptz not null,
  order_id uuid,
  generation int,
  until timestamptz,
  after_id text
);

-- Seen to differ, or asked about in vain, and to be looked at again: what was only on its way is gone by then.
create table reconciliation_suspects (
  order_id uuid not null,
  generation int not null,
  kind text not null,
  seen_at timestamptz not null,
  primary key (order_id, generation, kind),
  foreign key (order_id, generation) references payments
);
create index reconciliation_suspects_seen on reconciliation_suspects (seen_at);

-- When it was last compared while it was open: such a payment is compared every night, touched or not.
alter table payments add column reconciled_at timestamptz;
create index payments_touched on payments (changed_at, order_id, generation);
create index refunds_touched on refunds (changed_at, order_id, generation);
create index disputes_touched on disputes (changed_at, order_id, generation);

create function reconciliation_ref(p payments) returns jsonb language sql stable as $$
  select jsonb_build_object('orderId', p.order_id, 'generation', p.generation,
    'paymentIntentId', p.payment_intent_id)
$$;

-- What transactions under way may still date back to is left for later.
create function next_payments(p_limit int, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare
  c_until constant timestamptz := p_now - interval '5 minutes';
  c_due constant timestamptz := p_now - interval '10 minutes';
  m reconciliation_marks; v_suspects jsonb; v_touched jsonb; v_open jsonb; v_mark jsonb; v_room int;
begin
  select coalesce(jsonb_agg(distinct reconciliation_ref(p)), '[]') into v_suspects
  from (
    select distinct s.order_id, s.generation from reconciliation_suspects s where s.seen_at <= c_due limit p_limit
  ) each
  join payments p on p.order_id = each.order_id and p.generation = each.generation
  where p.payment_intent_id is not null;
  v_room := p_limit - jsonb_array_length(v_suspects);

  select * into m from reconciliation_marks where feed = 'touched';
  if not found then m.at := '-infinity'; end if;
  with touched as (
    (select t.changed_at as at, t.order_id, t.generation from payments t
      where (t.changed_at, t.order_id, t.generation) > (m.at, coalesce(m.order_id,
        '00000000-0000-0000-0000-000000000000'), coalesce(m.generation, 0)) and t.changed_at <= c_until
      order by t.changed_at, t.order_id, t.generation limit v_room)
    union all
    (select t.changed_at, t.order_id, t.generation from refunds t
      where (t.changed_at, t.order_id, t.generation) > (m.at, coalesce(m.order_id,
        '00000000-0000-0000-0000-000000000000'), coalesce(m.generation, 0)) and t.changed_at <= c_until
      order by t.changed_at, t.order_id, t.generation limit v_room)
    union all
    (select t.changed_at, t.order_id, t.generation from disputes t
      where (t.changed_at, t.order_id, t.generation) > (m.at, coalesce(m.order_id,
        '00000000-0000-0000-0000-000000000000'), coalesce(m.generation, 0)) and t.changed_at <= c_until
      order by t.changed_at, t.order_id, t.generation limit v_room)
    order by 1, 2, 3 limit v_room
  )
  select
    (select coalesce(jsonb_agg(distinct reconciliation_ref(p)), '[]')
      from touched t join payments p on p.order_id = t.order_id and p.generation = t.generation
      where p.payment_intent_id is not null),
    (select jsonb_build_object('at', iso(t.at), 'orderId', t.order_id, 'generation', t.generation)
      from touched t order by t.at desc, t.order_id desc, t.generation desc limit 1)
  into v_touched, v_mark;
  v_room := v_room - jsonb_array_length(v_touched);

  select coalesce(jsonb_agg(reconciliation_ref(p)), '[]') into v_open
  from (
    select * from payments o
    where o.status in ('pending', 'intent_unknown', 'requires_payment', 'authorised', 'voiding')
      and o.payment_intent_id is not null and o.changed_at <= p_now - interval '20 hours'
      and (o.reconciled_at is null or o.reconciled_at <= p_now - interval '20 hours')
      -- Stripe did not answer about it just now.
      and not exists (
        select 1 from reconciliation_suspects s
        where s.order_id = o.order_id and s.generation = o.generation and s.seen_at > c_due)
    order by o.changed_at limit v_room
  ) p;

  return jsonb_build_object(
    'payments', (
      select coalesce(jsonb_agg(distinct each.value), '[]')
      from jsonb_array_elements(v_suspects || v_touched || v_open) each),
    'mark', v_mark,
    'waiting', (select count(*) from reconciliation_suspects where seen_at > c_due));
end
$$;

create function reconciliation_behind(p_now timestamptz) returns jsonb
language plpgsql stable security definer set search_path = kassa, pg_temp as $$
declare m reconciliation_marks; v_next timestamptz;
begin
  select * into m from reconciliation_marks where feed = 'touched';
  if not found then m.at := '-infinity'; end if;
  select t.changed_at into v_next from payments t where t.changed_at > m.at order by t.changed_at limit 1;
  return to_jsonb(coalesce(greatest(0, floor(extract(epoch from p_now - v_next)))::bigint, 0));
end
$$;

create function reconcilable_records(p_refs jsonb) returns jsonb
language plpgsql stable security definer set search_path = kassa, pg_temp as $$
begin
  return (
    select coalesce(jsonb_agg(reconciliation_ref(p) || jsonb_build_object(
      'paymentStatus', p.status, 'currency', p.currency, 'amount', p.amount, 'capturedAmount', p.captured_amount,
      'refunds', (
        select coalesce(jsonb_agg(jsonb_build_object('refundId', r.refund_id, 'stripeRefundId', r.stripe_refund_id,
          'amount', r.amount, 'status', r.status) order by r.requested_at, r.refund_id), '[]')
        from refunds r where r.order_id = p.order_id and r.generation = p.generation),
      'disputes', (
        select coalesce(jsonb_agg(jsonb_build_object('disputeId', d.dispute_id, 'status', d.status)
          order by d.opened_at, d.dispute_id), '[]')
        from disputes d where d.order_id = p.order_id and d.generation = p.generation))), '[]')
    from jsonb_to_recordset(p_refs) as each("orderId" uuid, generation int)
    join payments p on p.order_id = each."orderId" and p.generation = each.generation
    where p.payment_intent_id is not null);
end
$$;

-- One open finding a payment and kind, however its figures change meanwhile.
create function add_difference(
  p_order uuid, p_generation int, p_kind text, p_detail jsonb, p_now timestamptz
) returns int language plpgsql as $$
begin
  if exists (
    select 1 from findings f
    where f.order_id = p_order and f.generation = p_generation and f.kind = p_kind and f.resolved_at is null
  ) then
    return 0;
  end if;
  perform add_finding(p_kind, p_order, p_generation, p_detail, p_now);
  return 1;
end
$$;

create function keep_comparison(
  p_asked jsonb, p_answered jsonb, p_differences jsonb, p_mark jsonb, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare
  c_due constant timestamptz := p_now - interval '10 minutes';
  v record; v_seen timestamptz; v_found int := 0;
begin
  -- Locked in the order in which everybody locks payments.
  for v in
    select p.order_id, p.generation, p.status from payments p
    join jsonb_to_recordset(p_answered) as each("orderId" uuid, generation int)
      on p.order_id = each."orderId" and p.generation = each.generation
    order by p.order_id, p.generation for no key update of p
  loop
    if v.status not in ('voided', 'captured') then
      update payments set reconciled_at = p_now where order_id = v.order_id and generation = v.generation;
    end if;
    delete from reconciliation_suspects s
    where s.order_id = v.order_id and s.generation = v.generation and not exists (
      select 1 from jsonb_to_recordset(p_differences) as d("orderId" uuid, generation int, kind text)
      where d."orderId" = s.order_id and d.generation = s.generation and d.kind = s.kind);
  end loop;

  for v in
    select d."orderId" as order_id, d.generation, d.kind, d.detail
    from jsonb_to_recordset(p_differences) as d("orderId" uuid, generation int, kind text, detail jsonb)
    order by 1, 2, 3
  loop
    select s.seen_at into v_seen from reconciliation_suspects s
    where s.order_id = v.order_id and s.generation = v.generation and s.kind = v.kind;
    if not found then
      insert into reconciliation_suspects (order_id, generation, kind, seen_at)
      values (v.order_id, v.generation, v.kind, p_now);
    elsif v_seen <= c_due then
      v_found := v_found + add_difference(v.order_id, v.generation, v.kind, v.detail, p_now);
      delete from reconciliation_suspects s
      where s.order_id = v.order_id and s.generation = v.generation and s.kind = v.kind;
    end if;
  end loop;

  for v in
    select a."orderId" as order_id, a.generation
    from jsonb_to_recordset(p_asked) as a("orderId" uuid, generation int)
    where not exists (
      select 1 from jsonb_to_recordset(p_answered) as b("orderId" uuid, generation int)
      where b."orderId" = a."orderId" and b.generation = a.generation)
    order by 1, 2
  loop
    update reconciliation_suspects s set seen_at = p_now
    where s.order_id = v.order_id and s.generation = v.generation;
    insert into reconciliation_suspects (order_id, generation, kind, seen_at)
    values (v.order_id, v.generation, 'unanswered', p_now)
    on conflict do nothing;
  end loop;

  if p_mark is not null then
    insert into reconciliation_marks (feed, at, order_id, generation)
    values ('touched', (p_mark ->> 'at')::timestamptz, (p_mark ->> 'orderId')::uuid, (p_mark ->> 'generation')::int)
    on conflict (feed) do update set at = excluded.at, order_id = excluded.order_id, generation = excluded.generation
      where (reconciliation_marks.at, reconciliation_marks.order_id, reconciliation_marks.generation)
        < (excluded.at, excluded.order_id, excluded.generation);
  end if;
  return jsonb_build_object('found', v_found);
end
$$;

-- The next part of Stripe's lists. A window ends a quarter of an hour ago, so that what it holds has had the time to be
-- on the books, and begins where the last one ended; it is opened again no sooner than six hours later.
create function next_window(p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare
  c_until constant timestamptz := date_trunc('second', p_now - interval '15 minutes');
  v_feed text; m reconciliation_marks; v_first timestamptz;
begin
  foreach v_feed in array array['intents', 'refunds', 'disputes'] loop
    select * into m from reconciliation_marks where feed = v_feed for no key update;
    if not found then
      select date_trunc('second', p.created_at) into v_first from payments p order by p.created_at limit 1;
      if v_first is null then return 'null'; end if;
      insert into reconciliation_marks (feed, at) values (v_feed, v_first) on conflict do nothing returning * into m;
    end if;
    if m.until is null and m.at <= c_until - interval '6 hours' then
      update reconciliation_marks set until = c_until, after_id = null where feed = v_feed returning * into m;
    end if;
    if m.until is not null then
      return jsonb_build_object('feed', v_feed, 'from', iso(m.at), 'until', iso(m.until), 'after', m.after_id);
    end if;
  end loop;
  return 'null';
end
$$;

create function keep_window(p_feed text, p_until timestamptz, p_next text) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  update reconciliation_marks
  set at = case when p_next is null then p_until else at end,
    until = case when p_next is null then null else until end, after_id = p_next
  where feed = p_feed and until = p_until;
  return 'true';
end
$$;

-- An intent of Stripe's that no payment of ours has. Left out: canceled ones, those a settlement is about to look for,
-- and what nobody paid for an order that is none of ours.
create function match_intents(p_intents jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare v record; p payments; v_found int := 0;
begin
  for v in
    select * from jsonb_to_recordset(p_intents) as i("paymentIntentId" text, status text, amount bigint,
      currency text, "amountReceived" bigint, "orderId" uuid, generation int)
    where not exists (select 1 from payments k where k.payment_intent_id = i."paymentIntentId")
  loop
    if v.status = 'canceled' and v."amountReceived" = 0 then continue; end if;
    select * into p from payments k where k.order_id = v."orderId" and k.generation = v.generation;
    if found then
      if p.payment_intent_id is null and p.status <> 'voided' then continue; end if;
    elsif v.status in ('requires_payment_method', 'requires_confirmation', 'requires_action') then
      continue;
    end if;
    if exists (
      select 1 from findings f where f.kind = 'unknown_intent' and f.resolved_at is null
        and f.detail ->> 'paymentIntentId' = v."paymentIntentId"
    ) then
      continue;
    end if;
    perform add_finding('unknown_intent', p.order_id, p.generation, jsonb_build_object(
      'paymentIntentId', v."paymentIntentId", 'status', v.status, 'amount', v.amount, 'currency', v.currency,
      'amountReceived', v."amountReceived", 'claims', v."orderId", 'recorded', p.payment_intent_id), p_now);
    v_found := v_found + 1;
  end loop;
  return jsonb_build_object('found', v_found);
end
$$;

-- Refunds of payments whose money was taken; a void's own are none. News is what the books do not have as it is.
create function match_refunds(p_refunds jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare v record; p payments; v_found int := 0; v_news jsonb := '[]';
begin
  for v in
    select * from jsonb_to_recordset(p_refunds) as i("stripeRefundId" text, "paymentIntentId" text, amount bigint,
      status text)
    where not exists (select 1 from refunds k where k.stripe_refund_id = i."stripeRefundId" and k.status = i.status)
  loop
    select * into p from payments k where k.payment_intent_id = v."paymentIntentId";
    if found then
      if p.status in ('authorised', 'captured') then v_news := v_news || to_jsonb(v."stripeRefundId"); end if;
      continue;
    end if;
    if exists (
      select 1 from findings f where f.kind = 'unknown_refund' and f.resolved_at is null
        and f.detail ->> 'stripeRefundId' = v."stripeRefundId"
    ) then
      continue;
    end if;
    perform add_finding('unknown_refund', null, null, jsonb_build_object('stripeRefundId', v."stripeRefundId",
      'paymentIntentId', v."paymentIntentId", 'amount', v.amount), p_now);
    v_found := v_found + 1;
  end loop;
  return jsonb_build_object('found', v_found, 'news', v_news);
end
$$;

-- A dispute of an intent nobody here knows is that intent's finding.
create function match_disputes(p_disputes jsonb, p_now timestamptz) returns jsonb
language plpgsql stable security definer set search_path = kassa, pg_temp as $$
begin
  return jsonb_build_object('found', 0, 'news', (
    select coalesce(jsonb_agg(i."disputeId"), '[]')
    from jsonb_to_recordset(p_disputes) as i("disputeId" text, "paymentIntentId" text, status text)
    join payments p on p.payment_intent_id = i."paymentIntentId" and p.status = 'captured'
    where not exists (select 1 from disputes k where k.dispute_id = i."disputeId" and k.status = i.status)));
end
$$;
