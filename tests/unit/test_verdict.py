"""The demo's verdict can fail: each way in which the platform may know it otherwise is a row that says NO."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.demo.scenario import TRIP, zones_document
from agent.demo.verdict import compare, trips, warnings
from agent.model import Zone
from drivers.sim.truck import truth

BEGAN = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
RING = tuple(tuple(p) for p in zones_document()["features"][0]["geometry"]["coordinates"][0])
ZONES = (Zone("site-north", "loading", RING),)
BOOT_S = 500.0  # CLOCK_BOOTTIME at the start of the trip
TRUTH = truth(TRIP)


def message(kind, subject, at, /, **data):
    """A message about `at` seconds of the trip, written two seconds later."""
    written = at + 2
    times = {key: round((BOOT_S + value) * 1e6) for key, value in data.items() if key.endswith("_us")}
    return {
        "type": kind,
        "subject": subject,
        "time": (BEGAN + timedelta(seconds=written)).isoformat(),
        "monons": round((BOOT_S + written) * 1e9),
        "data": data | times,
    }


def perfect():
    """What a platform receives that knows everything."""
    events, ledger = [], []
    for i, span in enumerate(TRUTH.uncovered):
        events.append(message("uncovered_load.started", f"u{i}", span.begin, since_us=span.begin + 1))
        events.append(message("uncovered_load.ended", f"u{i}", span.end, until_us=span.end + 1))
    tipped = TRUTH.transitions[-1]
    events.append(message("suspicious_unloading.started", "s", tipped.at, since_us=tipped.at + 1))
    events.append(message("suspicious_unloading.ended", "s", tipped.leaves, until_us=tipped.leaves + 1))
    for i, change in enumerate(TRUTH.transitions):
        zone = "site-north" if i < 2 else None
        events.append(
            message(
                "load.changed",
                f"l{i}",
                change.at,
                kind="changed",
                since_us=change.at + 1,
                zone={"id": zone, "state": "inside" if zone else "outside"},
                **{"from": change.before, "to": change.after},
            )
        )
    for source, spans in (("fix", TRUTH.no_fix), ("link:city", TRUTH.no_link)):
        for i, span in enumerate(spans):
            common = {"source": source, "why": "x"}
            name = f"{source}{i}"
            ledger.append(message("gap.started", name, span.begin, since_us=span.begin, **common))
            ledger.append(message("gap.ended", name, span.end, until_us=span.end + 1, **common))
    return events, ledger


def disagreements(events, ledger):
    return [row.fact for row in compare(TRUTH, ZONES, BEGAN, events, ledger) if not row.agrees]


def test_the_trip_has_one_of_everything():
    assert [len(spans) for spans in (TRUTH.uncovered, TRUTH.no_fix, TRUTH.no_link)] == [1, 1, 1]
    assert [(t.before, t.after) for t in TRUTH.transitions] == [
        ("empty", "uncovered"),
        ("uncovered", "covered"),
        ("covered", "uncovered"),
        ("uncovered", "covered"),
        ("covered", "empty"),
    ]


def test_a_platform_that_knows_all_agrees():
    assert disagreements(*perfect()) == []


@pytest.mark.parametrize("index", range(9))
def test_any_missing_event_is_noticed(index):
    events, ledger = perfect()
    del events[index]
    assert disagreements(events, ledger)


@pytest.mark.parametrize("index", range(4))
def test_any_missing_gap_is_noticed(index):
    events, ledger = perfect()
    del ledger[index]
    assert disagreements(events, ledger)


def test_a_wrong_zone_is_noticed():
    events, ledger = perfect()
    last = [e for e in events if e["type"] == "load.changed"][-1]
    last["data"]["zone"] = {"id": "site-north", "state": "inside"}
    assert disagreements(events, ledger) == ["load"]


def test_a_wrong_time_is_noticed():
    events, ledger = perfect()
    ledger[0]["data"]["since_us"] += 20_000_000
    assert disagreements(events, ledger) == ["no fix"]


def test_a_second_episode_is_noticed():
    events, ledger = perfect()
    events.append(message("uncovered_load.started", "more", 100, since_us=100))
    assert disagreements(events, ledger) == ["uncovered load while moving"]


def test_what_nothing_explains_is_noticed():
    events, ledger = perfect()
    events.append(message("speeding.started", "s", 50))
    ledger.append(message("gap.started", "c", 50, source="camera:body", why="dark", since_us=50))
    assert disagreements(events, ledger) == ["nothing", "nothing"]


def test_a_report_without_a_warning_is_noticed():
    started, given = message("uncovered_load.started", "u0", 9), message("warning.given", "u0", 6)
    (row,) = warnings([given, started])
    assert (row.agrees, row.platform) == (True, "3 s before the report")
    assert [row.agrees for row in warnings([started])] == [False]


def test_a_trip_with_another_end_or_another_verdict_is_noticed():
    site, outside = {"site": {"id": "site-north"}}, {"site": None}

    def rows(emptied, verdict):
        data = {"loaded": [site], "emptied": emptied, "verdict": verdict}
        return trips(TRUTH, ZONES, [{"subject": "t", "data": data}])

    assert [row.agrees for row in rows(outside, "suspicious")] == [True]
    for emptied, verdict in ((outside, "regular"), (site, "suspicious"), (None, None)):
        assert [row.agrees for row in rows(emptied, verdict)] == [False]
    assert [row.agrees for row in trips(TRUTH, ZONES, [])] == [False]
