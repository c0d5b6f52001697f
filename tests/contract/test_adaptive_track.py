"""A sink with the adaptive policy: few fixes, no gap that isn't explained, and the journal keeps all."""

import json
import math
import random
from itertools import pairwise

import pytest

from agent.platform.subscriber import Platform
from agent.uplink.track.batch import decode
from buffer.records import Entry
from drivers.geodesy import apart_m

SECOND = 1_000_000_000
VEHICLE = "muck/truck-1"
COUNT = 1500


def drive(rig, count: int = COUNT, first: int = 1) -> list[tuple[float, float]]:
    """Fixes, one a second, the last of them now: driving, then standing, and an event in the middle."""
    rng, lat, lon, heading, ways = random.Random(9), 31.2, 121.4, 0.5, []
    begin = rig.clock.mono_ns() - count * SECOND
    for n in range(1, count + 1):
        speed = 12.0 if n % 600 < 300 else 0.0
        heading += rng.choice((0, 0, 0, 0.05)) * (speed > 0)
        lat += speed * math.cos(heading) / 111_320
        lon += speed * math.sin(heading) / 95_200
        ways.append((round(lat + rng.gauss(0, 3e-6), 7), round(lon + rng.gauss(0, 3e-6), 7)))
        said = {"mode": "3d", "lat": ways[-1][0], "lon": ways[-1][1], "speed": speed}
        at = begin + n * SECOND
        entries = [Entry("track", "fix", "unit", json.dumps(said).encode(), at, None, "unsynced")]
        if n == 450:
            entries.append(Entry("event", "x", "x", b"{}", at - SECOND // 3, None, "unsynced"))
        rig.journal.defer(entries)
    rig.journal.commit()
    return ways


def error_m(ways: list[tuple[float, float]], seqs: list[int]) -> float:
    worst = 0.0
    for a, b in pairwise(seqs):
        for n in range(a + 1, b):
            share = (n - a) / (b - a)
            where = [p + share * (q - p) for p, q in zip(ways[a - 1], ways[b - 1], strict=True)]
            worst = max(worst, apart_m((where[0], where[1]), ways[n - 1]))
    return worst


@pytest.mark.parametrize("form", ["json", "compact"])
def test_few_go_and_every_other_is_named_as_left_out(rig, mosquitto, until, form: str) -> None:
    broker = mosquitto()
    ways = drive(rig)
    with Platform(broker.port) as platform:
        rig.start(rig.sink(broker.url, track_policy="adaptive", track_format=form))
        assert platform.wait_for(lambda v: VEHICLE in v and max(v[VEHICLE].fixes, default=0) > COUNT - 60)
        until(lambda: len(list(rig.journal.settled("city", "track"))) == 1)
        vehicle = platform.snapshot()[VEHICLE]
    seqs = sorted(vehicle.fixes)
    assert vehicle.gaps("track") == []
    assert seqs[0] == 1
    assert {449, 450} <= set(seqs), "both sides of the event"
    assert len(seqs) < COUNT / 15
    assert error_m(ways, seqs) <= 10 * 1.006
    assert rig.skipped == [], "no record for what batches say"
    assert list(rig.journal.settled("city", "track")) == [(1, seqs[-1])]
    assert rig.journal.stats().streams["track"].count == COUNT


def test_after_a_broken_link_it_goes_on_without_a_gap(rig, mosquitto, until) -> None:
    broker = mosquitto()
    ways = drive(rig)
    with Platform(broker.port) as platform:
        for part in (1, 2, 3):
            rig.start(rig.sink(broker.url, track_policy="adaptive", track_batch=3, window=1))
            enough = part * 10
            assert platform.wait_for(lambda v, n=enough: VEHICLE in v and len(v[VEHICLE].fixes) >= n, 40)
            rig.stop()
        rig.start(rig.sink(broker.url, track_policy="adaptive"))
        assert platform.wait_for(lambda v: VEHICLE in v and max(v[VEHICLE].fixes, default=0) > COUNT - 60)
        vehicle = platform.snapshot()[VEHICLE]
    assert vehicle.gaps("track") == []
    assert error_m(ways, sorted(vehicle.fixes)) <= 10 * 1.006


def test_the_last_fix_before_silence_goes(rig, mosquitto, until) -> None:
    broker = mosquitto()
    drive(rig, 100)
    with Platform(broker.port) as platform:
        rig.start(rig.sink(broker.url, track_policy="adaptive"))
        assert platform.wait_for(lambda v: VEHICLE in v and 100 in v[VEHICLE].fixes, 60)
        until(rig.drained)


def test_a_compact_sink_gets_compact_live_copies(rig, mosquitto, until) -> None:
    broker = mosquitto()
    payloads = []
    with Platform(broker.port) as platform:
        platform.listen(lambda topic, payload: payloads.append(payload) if "live" in topic else None)
        rig.start(rig.sink(broker.url, track_format="compact", live_every_s=0))
        until(lambda: rig.status.connected)
        rig.uplink.live(b'{"lat":31.25,"lon":121.5,"mode":"3d","utc":"2026-03-01T06:00:00.000Z","speed":1.5}')
        assert platform.wait_for(lambda v: VEHICLE in v and v[VEHICLE].lives == 1)
        rig.uplink.live(b'{"mode":"strange"}')
        assert platform.wait_for(lambda v: v[VEHICLE].lives == 2)
        vehicle = platform.snapshot()[VEHICLE]
    (origin, (fix,)), later = decode(payloads[0]), json.loads(payloads[1])
    assert (fix.seq, fix.lat, fix.lon, fix.speed, fix.mode) == (0, 31.25, 121.5, 1.5, "3d")
    assert abs(fix.mono_ms - rig.clock.mono_ns() // 10**6) < 10**6
    assert origin.boot == rig.clock.boot.replace("-", "")[:16]
    assert len(payloads[0]) < 100
    assert later["data"] == {"mode": "strange"}, "as JSON"
    assert vehicle.seqs.get("track", set()) == set()
    assert vehicle.gaps("track") == []


def test_live_copies_keep_their_pace_and_begin_at_once(rig, mosquitto, until) -> None:
    broker = mosquitto()
    with Platform(broker.port) as platform:
        rig.start(rig.sink(broker.url, live_every_s=3600, live_parked_s=3600))
        until(lambda: rig.status.connected)
        rig.uplink.live(b'{"n":1}')
        assert platform.wait_for(lambda v: VEHICLE in v and v[VEHICLE].live is not None)
        for n in range(2, 20):
            rig.uplink.live(b'{"n":%d}' % n)
        rig.append("event")
        assert platform.wait_for(lambda v: v[VEHICLE].seqs.get("event") == {1})
        assert platform.snapshot()[VEHICLE].lives == 1
        rig.stop()
        rig.start(rig.sink(broker.url, live_every_s=0))
        until(lambda: rig.status.connected)
        for n in range(20, 24):
            rig.uplink.live(b'{"n":%d}' % n)
            assert platform.wait_for(lambda v, n=n: v[VEHICLE].live["data"] == {"n": n})
