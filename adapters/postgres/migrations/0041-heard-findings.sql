-- Whoever keeps a finding, in whatever transaction: a look at the table every minute tells of it, so none is forgotten.
set local search_path = kassa, pg_temp;

alter table findings add column heard_at timestamptz;
create index findings_unheard on findings (finding_id) where heard_at is null;
create index findings_unresolved on findings (at) where resolved_at is null;

create function findings_to_tell(p_limit int, p_now timestamptz) returns jsonb
language plpgsql stable security definer set search_path = kassa, pg_temp as $$
begin
  return jsonb_build_object(
    'unheard', (
      select coalesce(jsonb_agg(jsonb_build_object('findingId', finding_id::text, 'kind', kind, 'orderId', order_id)
        order by finding_id), '[]')
      from (select * from findings where heard_at is null order by finding_id limit p_limit) each),
    'open', (select count(*) from findings where resolved_at is null),
    'oldestAge', coalesce((
      select greatest(0, floor(extract(epoch from p_now - f.at)))::bigint
      from findings f where f.resolved_at is null order by f.at limit 1), 0));
end
$$;

create function mark_heard(p_findings jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  update findings f set heard_at = p_now
  from jsonb_array_elements_text(p_findings) as each(id)
  where f.finding_id = each.id::bigint and f.heard_at is null;
  return 'true';
end
$$;
