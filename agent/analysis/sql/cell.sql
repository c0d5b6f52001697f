select kind, cell, count(*) as episodes, sum(case when outside then 1 else 0 end) as outside,
  count(distinct concat(fleet, '/', vehicle)) as vehicles, count(distinct fleet) as fleets,
  count(dwell_us) as dwells, median(dwell_us) as dwell_median_us, sum(dwell_us) as dwell_total_us,
  sum(case when outside then dwell_us else 0 end) as dwell_outside_us,
  min(at_us) as first_us, max(at_us) as last_us
from episode group by kind, cell
