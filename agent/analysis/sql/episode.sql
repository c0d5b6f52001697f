-- Where trucks stood with a load, and where they unloaded: one row per episode, from the tables of
-- docs/export.md. The same text runs on DuckDB and on Spark; functions of ours are cell_of and site_of.
-- All that is compared or added up is an integer, so that both, in any order, find the same.
with fix as (
  select fleet, vehicle, generation, boot, seq, mono_us, unix_micros(time) as at_us, speed,
    cast(round(lat * 10000000) as bigint) as lat7, cast(round(lon * 10000000) as bigint) as lon7,
    row_number() over (partition by fleet, vehicle, generation, boot order by mono_us, seq) as place
  from track
  where time is not null and lat is not null and lon is not null and speed is not null and unfit = ''
),
slow as (
  select *,
    mono_us - lag(mono_us) over w as since_before_us, seq - lag(seq) over w as seqs, place - lag(place) over w as places,
    (lat7 - lag(lat7) over w) * 0.0111195 as north_m,
    (lon7 - lag(lon7) over w) * 0.0111195 * cos(radians(lat7 / 10000000.0)) as east_m
  from fix where speed <= {stop_mps}
  window w as (partition by fleet, vehicle, generation, boot order by place)
),
-- A stand goes on with the next slow fix at the same place: at once, or after fixes that were thinned out
-- (5 s each, as the journal does it), or when what moved between the two was short.
begun as (
  select *, case
    when since_before_us is null then 1
    when north_m * north_m + east_m * east_m > {same_m} * {same_m} then 1
    when since_before_us <= {bridge_us} then 0
    when places = 1 and (since_before_us <= {gap_us} or since_before_us <= 5000000 * seqs) then 0
    else 1 end as begins
  from slow
),
stood as (
  select *, sum(begins) over (
    partition by fleet, vehicle, generation, boot order by place
    rows between unbounded preceding and current row) as stand
  from begun
),
-- What is known of the load at each of these fixes: the load that lasts, by its changes, and when it was seen.
timeline as (
  select fleet, vehicle, generation, boot, mono_us, 1 as after_word, seq, stand, at_us, lat7, lon7,
    cast(null as string) as load, cast(null as bigint) as seen_us
  from stood
  union all
  select fleet, vehicle, generation, boot,
    case when type = 'load.changed' then coalesce(since_us, mono_us) else mono_us end, 0, seq, null, null, null, null,
    case when type = 'load.changed' then load end,
    case when load_seen <> 'unknown' then mono_us end
  from record where type in ('load.changed', 'health.report')
),
counted as (
  select *,
    sum(case when load is not null then 1 else 0 end) over w as turn,
    max(seen_us) over w as last_seen_us
  from timeline
  window w as (partition by fleet, vehicle, generation, boot order by mono_us, after_word, seq
    rows between unbounded preceding and current row)
),
known as (
  select *, max(load) over (partition by fleet, vehicle, generation, boot, turn) as lasting from counted
),
stands as (
  select fleet, vehicle, generation, boot, stand, min(mono_us) as begin_us, max(mono_us) as end_us
  from known where stand is not null
  group by fleet, vehicle, generation, boot, stand
),
stops as (
  select fleet, vehicle, generation, boot, min(mono_us) as begin_us, max(mono_us) as end_us, min(at_us) as at_us,
    cast(round(cast(sum(lat7) as double) / count(*)) as bigint) as lat7,
    cast(round(cast(sum(lon7) as double) / count(*)) as bigint) as lon7
  from known
  where stand is not null and lasting in ('covered', 'partly', 'uncovered')
    and mono_us - last_seen_us <= {memory_us}
  group by fleet, vehicle, generation, boot, stand
  having max(mono_us) - min(mono_us) >= {stop_us}
),
-- Unloadings as a camera saw them, as the vehicle itself suspected them and did not take back, and the ends of
-- trips that are suspicious by their highest version.
told as (
  select *, row_number() over (
    partition by fleet, vehicle, generation, subject, type like 'trip.%' order by version desc, seq desc) as newness
  from record
  where type in ('load.changed', 'suspicious_unloading.started', 'trip.started', 'trip.updated', 'trip.ended')
),
taken_back as (
  select distinct fleet, vehicle, generation, subject from record where type = 'suspicious_unloading.updated'
),
unloading as (
  select distinct case
      when t.type = 'load.changed' then 'unloading'
      when t.type = 'suspicious_unloading.started' then 'suspicious_unloading'
      else 'suspicious_trip' end as kind,
    t.fleet, t.vehicle, t.generation, t.boot, t.seq, coalesce(t.since_us, t.mono_us) as begin_us,
    unix_micros(coalesce(t.since, t.time)) as at_us, t.zone_role,
    cast(round(t.lat * 10000000) as bigint) as lat7, cast(round(t.lon * 10000000) as bigint) as lon7
  from told t left join taken_back b
    on b.fleet = t.fleet and b.vehicle = t.vehicle and b.generation = t.generation and b.subject = t.subject
  where (t.type = 'load.changed' and t.change = 'became_empty'
      or t.type = 'suspicious_unloading.started' and b.subject is null
      or t.type like 'trip.%' and t.newness = 1 and t.verdict = 'suspicious')
    and t.time is not null and t.lat is not null and t.lon is not null
),
unloaded as (
  select u.kind, u.fleet, u.vehicle, u.generation, u.boot, u.seq, u.begin_us, u.at_us, u.lat7, u.lon7,
    max(s.end_us - s.begin_us) as dwell_us, min(u.zone_role) as zone_role
  from unloading u left join stands s
    on s.fleet = u.fleet and s.vehicle = u.vehicle and s.generation = u.generation and s.boot = u.boot
    and u.begin_us between s.begin_us - {bridge_us} and s.end_us + {bridge_us}
  group by u.kind, u.fleet, u.vehicle, u.generation, u.boot, u.seq, u.begin_us, u.at_us, u.lat7, u.lon7
),
found as (
  select 'stop' as kind, fleet, vehicle, generation, boot, cast(null as bigint) as seq, begin_us, end_us, at_us,
    end_us - begin_us as dwell_us, lat7, lon7, cast(null as string) as zone_role
  from stops
  union all
  select kind, fleet, vehicle, generation, boot, seq, begin_us, begin_us, at_us, dwell_us, lat7, lon7, zone_role
  from unloaded
),
-- In which site it was: by the layer that the analysis was given, else by the vehicle's own word then.
visit as (
  select distinct b.fleet, b.vehicle, b.generation, b.boot, b.zone_role, b.since_us, e.until_us
  from record b left join record e
    on e.type = 'zone_visit.ended' and e.fleet = b.fleet and e.vehicle = b.vehicle
    and e.generation = b.generation and e.boot = b.boot and e.subject = b.subject
  where b.type = 'zone_visit.started' and b.zone_role in ('loading', 'disposal')
),
visited as (
  select f.kind, f.fleet, f.vehicle, f.generation, f.boot, f.seq, f.at_us, f.dwell_us, f.lat7, f.lon7,
    min(f.zone_role) as zone_role, min(v.zone_role) as visit_role
  from found f left join visit v
    on v.fleet = f.fleet and v.vehicle = f.vehicle and v.generation = f.generation and v.boot = f.boot
    and v.since_us <= f.end_us and (v.until_us is null or v.until_us >= f.begin_us)
  group by f.kind, f.fleet, f.vehicle, f.generation, f.boot, f.seq, f.at_us, f.dwell_us, f.lat7, f.lon7
),
sited as (
  select *, case
    when {given_sites} then nullif(site_of(lat7 / 10000000.0, lon7 / 10000000.0), '')
    when zone_role in ('loading', 'disposal') then zone_role
    else visit_role end as site
  from visited
)
select kind, fleet, vehicle, generation, boot, seq, at_us, lat7, lon7, dwell_us, site,
  case when kind = 'stop' then site is null else coalesce(site, '') <> 'disposal' end as outside,
  cast(floor((at_us / 1000000.0 + {offset_s}) / 3600) as bigint) % 24 as hour,
  cell_of(lat7 / 10000000.0, lon7 / 10000000.0) as cell
from sited
where at_us >= {since_us} and at_us < {until_us}
