-- The checks of the rows that every order writes, gathered into one function a table. PostgreSQL reads each check
-- expression from its stored text again for every statement that writes; the statuses' lists alone cost more than
-- writing the row. A function is compiled once a session. What is refused stays the same: a null passes, as in a check.
set local search_path = kassa, pg_temp;

create function is_order_status(p text) returns boolean language sql immutable as $$
  select p in ('awaiting_payment', 'authorised', 'confirmed', 'packed', 'out_for_delivery', 'delivered', 'expired',
    'cancelled', 'released', 'returning', 'returned', 'lost')
$$;

create function is_payment_status(p text) returns boolean language sql immutable as $$
  select p in ('pending', 'intent_unknown', 'requires_payment', 'authorised', 'voiding', 'voided', 'captured')
$$;

create function is_reservation_status(p text) returns boolean language sql immutable as $$
  select p in ('held', 'committed', 'released', 'packed', 'returned')
$$;

create function is_warehouse_task_status(p text) returns boolean language sql immutable as $$
  select p in ('open', 'claimed', 'packed', 'short', 'received', 'cancelled')
$$;

create function is_sound(o orders) returns boolean language plpgsql immutable as $$
begin
  return kassa.is_order_status(o.status) and o.generation >= 1 and o.currency ~ '^[A-Z]{3}$'
    and o.items_total >= 0 and o.shipping_total >= 0 and o.total > 0 and o.total = o.items_total + o.shipping_total
    and o.shortage_policy in ('partial', 'nothing') and o.event_sequence >= 1
    and o.cancel_role in ('customer', 'warehouse', 'operations') is not false;
end
$$;

create function is_sound(p payments) returns boolean language plpgsql immutable as $$
begin
  return kassa.is_payment_status(p.status) and p.generation >= 1 and p.amount > 0
    and p.captured_amount >= 0 and p.captured_amount <= p.amount
    and (p.status = 'captured') = (p.captured_amount > 0)
    and (p.payment_intent_id is not null or p.status not in ('requires_payment', 'authorised', 'captured'));
end
$$;

create function is_sound(r reservations) returns boolean language plpgsql immutable as $$
begin
  return kassa.is_reservation_status(r.status) and r.quantity > 0;
end
$$;

create function is_sound(m stock_movements) returns boolean language plpgsql immutable as $$
begin
  return m.reason in ('receipt', 'reserve', 'release', 'pack', 'correction', 'restock', 'write_off')
    and (m.on_hand_change <> 0 or m.reserved_change <> 0);
end
$$;

create function is_sound(m mailbox) returns boolean language plpgsql immutable as $$
begin
  return m.step in ('payment', 'pick', 'delivery', 'return') and m.round >= 1
    and m.settled_as in ('sent', 'closed') is not false and (m.settled_at is null) = (m.settled_as is null)
    and (m.token is null or (m.run is not null and m.redrive_count is not null and m.entered_at is not null
      and m.retry_count is not null));
end
$$;

create function is_sound(x outbox) returns boolean language plpgsql immutable as $$
begin
  return (x.settled_at is null) = (x.settled_as is null) and x.settled_as in ('done', 'failed_execution')
      is not false
    and x.machine in ('payment', 'fulfilment', 'settlement') is not false and x.run >= 1 is not false
    and case x.kind
      when 'event' then
        x.sequence is not null and x.source is not null and x.type is not null and x.detail is not null
      when 'execution' then x.machine is not null and x.run is not null and x.input is not null
      else false
    end;
end
$$;

create function is_sound(t warehouse_tasks) returns boolean language plpgsql immutable as $$
begin
  return kassa.is_warehouse_task_status(t.status) and t.round >= 1
    and (t.claimed_by is not null or t.status not in ('claimed', 'packed'))
    and case t.kind when 'pick' then t.status <> 'received' when 'return' then t.status not in ('packed', 'short')
      else false end;
end
$$;

do $$
declare v record;
begin
  for v in
    select c.conname, c.conrelid::regclass as relation from pg_constraint c
    where c.contype = 'c' and c.conrelid in ('orders'::regclass, 'payments'::regclass, 'reservations'::regclass,
      'stock_movements'::regclass, 'mailbox'::regclass, 'outbox'::regclass, 'warehouse_tasks'::regclass,
      'stock'::regclass, 'order_lines'::regclass)
  loop
    execute format('alter table %s drop constraint %I', v.relation, v.conname);
  end loop;
end
$$;

alter table orders add constraint orders_sound check (kassa.is_sound(orders));
alter table payments add constraint payments_sound check (kassa.is_sound(payments));
alter table reservations add constraint reservations_sound check (kassa.is_sound(reservations));
alter table stock_movements add constraint stock_movements_sound check (kassa.is_sound(stock_movements));
alter table mailbox add constraint mailbox_sound check (kassa.is_sound(mailbox));
alter table outbox add constraint outbox_sound check (kassa.is_sound(outbox));
alter table warehouse_tasks add constraint warehouse_tasks_sound check (kassa.is_sound(warehouse_tasks));
alter table order_lines add constraint order_lines_sound check (quantity > 0 and unit_price >= 0 and weight > 0);
-- The last wall against overselling: no code path can reserve more than lies on the shelf.
alter table stock add constraint stock_sound check (0 <= reserved and reserved <= on_hand);
