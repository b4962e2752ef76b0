-- An event by which nothing changes has done all its work when it is kept: nobody need lease it, lock its order's rows
-- and close it, and its order may expire meanwhile. It still says that webhooks come.
set local search_path = kassa, pg_temp;

create function keep_ignored_webhook(p_webhook jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  insert into webhook_inbox (event_id, order_id, webhook, kept_at, due_at, processed_at, result)
  values (p_webhook ->> 'eventId', (p_webhook #>> '{object,orderId}')::uuid, p_webhook, p_now, p_now,
    p_now, 'ignored')
  on conflict do nothing;
  return to_jsonb(case when found then 'kept' else 'duplicate' end);
end
$$;
