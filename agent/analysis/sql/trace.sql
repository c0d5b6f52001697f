-- The tracks as dots of a grid, so that a picture of a year of a city is no larger than one of a day.
select cast(floor((lat - {south}) / {lat_step}) as bigint) as y, cast(floor((lon - {west}) / {lon_step}) as bigint) as x,
  count(distinct concat(fleet, '/', vehicle)) as vehicles
from track
where unfit = '' and lat between {south} and {north} and lon between {west} and {east}
group by 1, 2 order by 1, 2
