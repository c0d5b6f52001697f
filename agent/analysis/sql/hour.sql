select kind, cell, hour, count(*) as episodes from episode group by kind, cell, hour
