set local search_path = kassa, pg_temp;

create function confirm_order(p_order uuid, p_generation int, p_now timestamptz) returns jsonb
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
  where order_id = p_order;
  update reservations set status = 'committed' where order_id = p_order and status = 'held';
  perform write_events(array[p_order], 'OrderConfirmed', p_now);
  return '{"outcome": "confirmed"}';
end
$$;

-- Marked before the intent is canceled: from here on the arbiter never revives the order.
create function mark_voiding(p_order uuid, p_generation int, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders; p payments;
begin
  o := lock_order(p_order);
  p := lock_payment(p_order, p_generation);
  if p.status in ('voided', 'captured') then return '{"outcome": "settled"}'; end if;
  if p.status <> 'voiding' then
    if o.status in ('authorised', 'confirmed', 'packed', 'out_for_delivery', 'delivered') then
      return '{"outcome": "revived"}';
    end if;
    if o.status = 'awaiting_payment' then
      raise exception 'order % still awaits its payment', p_order using errcode = 'KS409';
    end if;
    update payments set status = 'voiding', changed_at = p_now
    where order_id = p_order and generation = p_generation;
  end if;
  return jsonb_build_object('outcome', 'voiding', 'paymentIntentId', p.payment_intent_id,
    'amount', p.amount, 'currency', p.currency);
end
$$;

create function record_voided(p_order uuid, p_generation int, p_intent text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders; p payments;
begin
  o := lock_order(p_order);
  p := lock_payment(p_order, p_generation);
  if p.status = 'voided' then return '{"outcome": "voided"}'; end if;
  if p.status <> 'voiding' then
    raise exception 'payment of order % is %, not voiding', p_order, p.status using errcode = 'KS409';
  end if;
  update payments set status = 'voided', payment_intent_id = coalesce(payment_intent_id, p_intent),
    changed_at = p_now
  where order_id = p_order and generation = p_generation;
  perform write_payment_event(p_order, 'PaymentVoided', p_now);
  return '{"outcome": "voided"}';
end
$$;

create function record_capture(p_order uuid, p_generation int, p_amount bigint, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders; p payments;
begin
  o := lock_order(p_order);
  p := lock_payment(p_order, p_generation);
  if p.status = 'captured' and p.captured_amount = p_amount then return '{"outcome": "recorded"}'; end if;
  if p.status <> 'authorised' then
    raise exception 'payment of order % is %, not authorised', p_order, p.status using errcode = 'KS409';
  end if;
  update payments set status = 'captured', captured_amount = p_amount, changed_at = p_now
  where order_id = p_order and generation = p_generation;
  perform write_payment_event(p_order, 'PaymentCaptured', p_now);
  return '{"outcome": "recorded"}';
end
$$;

create function complete_order(p_order uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders;
begin
  o := lock_order(p_order);
  if o.status = 'delivered' then return '{"outcome": "completed"}'; end if;
  if o.status not in ('packed', 'out_for_delivery') then
    raise exception 'order % is %, not on its way', p_order, o.status using errcode = 'KS409';
  end if;
  update orders set status = 'delivered', event_sequence = event_sequence + 1, changed_at = p_now
  where order_id = p_order;
  perform write_events(array[p_order], 'OrderDelivered', p_now);
  return '{"outcome": "completed"}';
end
$$;

create function record_finding(p_kind text, p_order uuid, p_generation int, p_detail jsonb, p_now timestamptz)
returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  perform add_finding(p_kind, p_order, p_generation, p_detail, p_now);
  return 'true';
end
$$;
