select count(*) as fixes,
  sum(case when time is null or lat is null or speed is null or unfit <> '' then 1 else 0 end) as left_out,
  count(distinct concat(fleet, '/', vehicle)) as vehicles, count(distinct fleet) as fleets,
  min(unix_micros(time)) as first_us, max(unix_micros(time)) as last_us,
  min(case when unfit = '' then lat end) as south, max(case when unfit = '' then lat end) as north,
  min(case when unfit = '' then lon end) as west, max(case when unfit = '' then lon end) as east
from track
