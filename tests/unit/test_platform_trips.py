"""Whether a platform sees that a trip's versions count up one by one."""

import json
import sqlite3

import pytest

from agent.platform.tables import open_database
from agent.platform.trips import Trips


def database(*told):
    db = open_database(":memory:")
    for number, (subject, kind, version, verdict) in enumerate(told, 1):
        body = json.dumps({"data": {"version": version, "verdict": verdict}}).encode()
        names = "source, id, vehicle, stream, seq, type, subject, body"
        values = ("s", str(number), "muck/1", "trip", number, kind, subject, body)
        db.execute(f"insert into message({names}) values(?,?,?,?,?,?,?,?)", values)
    return db


def trips(*told):
    found = Trips()
    found.add(database(*told))
    return found


def test_whole_trips_are_counted_by_their_newest_verdict():
    found = trips(
        ("a", "trip.started", 1, None),
        ("a", "trip.ended", 3, "suspicious"),
        ("a", "trip.updated", 2, None),
        ("b", "trip.started", 1, None),
        ("c", "trip.started", 1, None),
        ("c", "trip.ended", 2, None),
    )
    assert found.counts() == {"hauling": 1, "no_verdict": 1, "suspicious": 1}
    assert found.broken() == []


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        ([("a", "trip.started", 1, None), ("a", "trip.ended", 3, None)], [2]),
        ([("a", "trip.started", 1, None), ("a", "trip.ended", 1, None)], []),
        ([("a", "trip.started", 2, None)], []),
    ],
)
def test_a_version_that_is_missing_or_stands_twice_is_found(told, missing):
    (broken,) = trips(*told).broken()
    assert (broken["trip"], broken["missing"]) == ("a", missing)


def test_what_began_before_the_platform_listened_is_not_missed():
    assert trips(("a", "trip.updated", 4, None), ("a", "trip.ended", 5, "regular")).broken() == []


def test_consumers_that_share_a_subscription_are_taken_together():
    found = Trips()
    found.add(database(("a", "trip.started", 1, None), ("a", "trip.ended", 3, "regular")))
    other: sqlite3.Connection = database(("a", "trip.updated", 2, None))
    assert found.broken() != []
    found.add(other)
    assert found.broken() == []
