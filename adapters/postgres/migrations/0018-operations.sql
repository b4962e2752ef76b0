-- What people who run the shop look at and decide, and the nightly comparison of the books.
set local search_path = kassa, pg_temp;

create function find_orders(p_by jsonb, p_limit int, p_before uuid) returns jsonb
language plpgsql stable security definer set search_path = kassa, pg_temp as $$
begin
  if p_by ? 'orderId' then
    return (
      select coalesce(jsonb_agg(order_view(o)), '[]') from orders o where o.order_id = (p_by ->> 'orderId')::uuid);
  elsif p_by ? 'paymentIntentId' then
    return (
      select coalesce(jsonb_agg(order_view(o)), '[]')
      from payments p join orders o on o.order_id = p.order_id
      where p.payment_intent_id = p_by ->> 'paymentIntentId');
  elsif p_by ? 'customerId' then
    return orders_of(p_by ->> 'customerId', p_limit, p_before);
  end if;
  return (
    select coalesce(jsonb_agg(order_view(o) order by o.order_id desc), '[]')
    from (
      select distinct l.order_id from order_lines l
      where l.sku = p_by ->> 'sku' and (p_before is null or l.order_id < p_before)
      order by l.order_id desc limit p_limit
    ) each
    join orders o on o.order_id = each.order_id);
end
$$;

create function list_findings(p_open boolean, p_order uuid, p_limit int, p_before bigint) returns jsonb
language plpgsql stable security definer set search_path = kassa, pg_temp as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('findingId', finding_id::text, 'kind', kind, 'orderId', order_id,
      'generation', generation, 'detail', detail, 'at', iso(at), 'resolvedAt', iso(resolved_at),
      'resolvedBy', resolved_by, 'resolution', resolution) order by finding_id desc), '[]')
    from (
      select * from findings
      where (not p_open or resolved_at is null) and (p_order is null or order_id = p_order)
        and (p_before is null or finding_id < p_before)
      order by finding_id desc limit p_limit
    ) each);
end
$$;

create function resolve_finding(p_finding bigint, p_subject text, p_note text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  update findings set resolved_at = p_now, resolved_by = p_subject, resolution = p_note
  where finding_id = p_finding and resolved_at is null;
  if found then return '"resolved"'; end if;
  return case when exists (select 1 from findings where finding_id = p_finding) then '"already"'
    else '"not_found"' end::jsonb;
end
$$;

-- Ends the wait of a round by what a person knows. A cancelled wait cancels the order too, as anybody would.
create function end_wait(
  p_order uuid, p_step text, p_round int, p_outcome jsonb, p_subject text, p_reason text, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders; m mailbox; v_waiting boolean;
begin
  if p_step in ('payment', 'pick') then perform lock_stock_of(array[p_order]); end if;
  select * into o from orders where order_id = p_order for no key update;
  if not found then return '"not_found"'; end if;
  perform lock_payment(p_order, o.generation);
  select * into m from mailbox where order_id = p_order and step = p_step and round = p_round for no key update;
  if found and m.outcome is not null then return '"already"'; end if;
  v_waiting := found and m.token is not null and case p_step
    when 'payment' then o.status = 'awaiting_payment' and o.generation = p_round
    when 'pick' then o.status = 'confirmed' and p_round = 1
    when 'delivery' then o.status in ('packed', 'out_for_delivery')
    else o.status = 'returning'
  end;
  if not v_waiting then return '"not_waiting"'; end if;
  if p_step = 'return' and p_outcome ->> 'outcome' = 'returned'
    and return_mismatch(p_order, p_outcome -> 'lines') is not null
  then
    return '"mismatch"';
  end if;

  if p_step in ('payment', 'pick') then
    perform cancel_order(p_order, p_subject, 'operations', p_reason, p_now);
  else
    perform put_outcomes(array[p_order], p_step, p_round, p_outcome, p_now);
    update warehouse_tasks set changed_at = p_now,
      status = case when p_outcome ->> 'outcome' = 'returned' then 'received' else 'cancelled' end
    where order_id = p_order and kind = 'return' and p_step = 'return' and status = 'open';
  end if;
  insert into operator_actions (order_id, action, subject, reason, detail, at)
  values (p_order, 'end_wait', p_subject, p_reason,
    jsonb_build_object('step', p_step, 'round', p_round, 'outcome', p_outcome), p_now);
  return '"ended"';
end
$$;

create function list_payments(p_limit int, p_after uuid) returns jsonb
language plpgsql stable security definer set search_path = kassa, pg_temp as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('orderId', o.order_id, 'generation', p.generation,
      'orderStatus', o.status, 'paymentStatus', p.status, 'paymentIntentId', p.payment_intent_id,
      'currency', p.currency, 'amount', p.amount, 'capturedAmount', p.captured_amount,
      'refundedAmount', (
        select coalesce(sum(r.amount), 0) from refunds r
        where r.order_id = p.order_id and r.generation = p.generation and r.status in ('pending', 'succeeded')),
      'changedAt', iso(p.changed_at)) order by o.order_id), '[]')
    from (
      select * from orders where p_after is null or order_id > p_after order by order_id limit p_limit
    ) o join payments p on p.order_id = o.order_id and p.generation = o.generation);
end
$$;

create function record_difference(p_order uuid, p_generation int, p_kind text, p_detail jsonb, p_now timestamptz)
returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  insert into findings (kind, order_id, generation, detail, at)
  values (p_kind, p_order, p_generation, p_detail, p_now) on conflict do nothing;
  return jsonb_build_object('outcome', case when found then 'recorded' else 'already' end);
end
$$;

-- One pass over all movements, for the quiet of the night.
create function check_stock(p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare v record; v_count int := 0;
begin
  for v in
    select s.sku, s.on_hand, s.reserved, coalesce(m.on_hand, 0) as moved_on_hand,
      coalesce(m.reserved, 0) as moved_reserved, coalesce(r.live, 0) as live
    from stock s
    left join (
      select sku, sum(on_hand_change) as on_hand, sum(reserved_change) as reserved from stock_movements group by sku
    ) m on m.sku = s.sku
    left join (
      select sku, sum(quantity) as live from reservations where status in ('held', 'committed') group by sku
    ) r on r.sku = s.sku
    where s.on_hand <> coalesce(m.on_hand, 0) or s.reserved <> coalesce(m.reserved, 0)
      or s.reserved <> coalesce(r.live, 0)
  loop
    perform add_finding('stock_difference', null, null, to_jsonb(v), p_now);
    v_count := v_count + 1;
  end loop;
  return jsonb_build_object('differences', v_count);
end
$$;
