-- The tracks as dots of a grid, so that a picture of a year of a city is no larger than one of a day. All
-- values are integers, 1e-7 degrees.
with dot as (
  select fleet, vehicle, cast(round(lat * 10000000) as bigint) - {south} as north,
    cast(round(lon * 10000000) as bigint) - {west} as east
  from track where unfit = '' and lat is not null and lon is not null
)
select cast(floor(north / {lat_step}) as bigint) as y, cast(floor(east / {lon_step}) as bigint) as x,
  count(distinct concat(fleet, '/', vehicle)) as vehicles
from dot
where north between 0 and {height} and east between 0 and {width}
group by 1, 2 order by 1, 2
