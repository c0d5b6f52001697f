"""The uplink against real brokers: what is journalled arrives, and is settled when it has arrived."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from agent.model import Track
from agent.platform.subscriber import Platform
from agent.records import entry
from agent.uplink.presence import Presence
from drivers.readings import Fix

VEHICLE = "muck/truck-1"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def arrived(platform: Platform, **counts: int) -> bool:
    """Whether that many seqs of each stream came."""
    return platform.wait_for(
        lambda v: VEHICLE in v and all(len(v[VEHICLE].seqs.get(s, ())) >= n for s, n in counts.items()), 40
    )


def test_everything_arrives_and_is_settled(rig, broker, until):
    for stream in ("life", "event", "trip", "coverage", "health"):
        rig.append(stream, 30)
    rig.append("track", 130)
    with Platform(broker.port) as platform:
        rig.start(rig.sink(broker.url))
        assert arrived(platform, life=30, event=30, trip=30, coverage=30, health=30, track=130)
        until(rig.drained)
        vehicle = platform.snapshot()[VEHICLE]
    assert [m["seq"] for m in vehicle.events("event")] == list(range(1, 31))
    assert vehicle.duplicates == 0
    assert not any(vehicle.gaps(s) for s in vehicle.seqs)
    assert [len(m["data"]["fixes"]) for m in vehicle.events("track")] == [60, 60, 10]
    assert rig.status.protocol == (4 if broker.kind == "amqtt" else 5)
    assert rig.beats > 0


def test_streams_go_by_priority(rig, broker, until):
    rig.append("health", 60)
    rig.append("coverage", 60)
    rig.append("event", 60)
    with Platform(broker.port) as platform:
        order = []
        rig.start(rig.sink(broker.url, window=1))

        def note(v):
            order.append({s: len(q) for s, q in v[VEHICLE].seqs.items()} if VEHICLE in v else {})
            return order[-1].get("health") == 60

        assert platform.wait_for(note, 40)
    for counts in order:
        assert not counts.get("coverage") or counts["event"] == 60
        assert not counts.get("health") or counts["coverage"] == 60


def test_a_new_record_goes_at_once_when_woken(rig, broker, until):
    with Platform(broker.port) as platform:
        rig.start(rig.sink(broker.url))
        until(lambda: rig.status.connected)
        rig.append("event")
        assert arrived(platform, event=1)


def test_the_newest_fix_goes_on_the_live_topic_and_settles_nothing(rig, broker, until):
    with Platform(broker.port) as platform:
        rig.start(rig.sink(broker.url))
        until(lambda: rig.status.connected)
        rig.uplink.live(b'{"lat":1.5}')
        assert platform.wait_for(lambda v: VEHICLE in v and v[VEHICLE].live is not None, 40)
        live = platform.snapshot()[VEHICLE].live
    assert live["data"] == {"lat": 1.5}
    assert live["type"] == "track.live"
    assert "seq" not in live
    assert rig.status.published == 0


def test_records_for_another_sink_are_left_out_and_reported_once(rig, broker, until):
    rig.append("event", 3)
    rig.append("event", 250, audience="fleet")
    rig.append("event", 2, audience="city")
    with Platform(broker.port) as platform:
        rig.start(rig.sink(broker.url))
        assert arrived(platform, event=5)
        until(rig.drained)
        assert sorted(platform.snapshot()[VEHICLE].seqs["event"]) == [1, 2, 3, 254, 255]
    assert {why for *_, why in rig.skipped} == {"filtered"}
    assert sum(hi - lo + 1 for _, lo, hi, _ in rig.skipped) == 250


def test_state_is_online_then_stopped_with_one_session(rig, broker, until):
    with Platform(broker.port) as platform:
        rig.start(rig.sink(broker.url))
        assert platform.wait_for(lambda v: VEHICLE in v and v[VEHICLE].state["status"] == "online", 40)
        session = platform.snapshot()[VEHICLE].state["session"]
        rig.stop()
        assert platform.wait_for(lambda v: v[VEHICLE].state["status"] == "stopped", 40)
        assert platform.snapshot()[VEHICLE].state["session"] == session
        assert "lost" not in platform.snapshot()[VEHICLE].states
    assert not rig.status.connected


def test_state_is_retained_for_those_who_come_later(rig, broker, until):
    rig.start(rig.sink(broker.url))
    until(lambda: rig.status.connected)
    rig.stop()
    with Platform(broker.port) as platform:
        assert platform.wait_for(lambda v: VEHICLE in v and v[VEHICLE].state["status"] == "stopped", 40)


def test_each_start_has_a_higher_session(rig, broker, until):
    sessions = []
    for _ in range(2):
        rig.start(rig.sink(broker.url))
        until(lambda: rig.status.connected)
        sessions.append(rig.status.session)
        rig.stop()
    assert sessions[1] > sessions[0]


def test_a_late_will_of_an_older_session_is_covered_up(rig, broker, until):
    late = Presence("haulwatch/muck/truck-1", 0, "", "").payload("lost", None)
    with Platform(broker.port) as platform:
        rig.start(rig.sink(broker.url))
        assert platform.wait_for(lambda v: VEHICLE in v and v[VEHICLE].state["status"] == "online", 40)
        platform.publish("haulwatch/v1/muck/truck-1/state", late, retain=True)
        assert platform.wait_for(
            lambda v: "lost" in v[VEHICLE].states and v[VEHICLE].state["status"] == "online", 40
        )


def test_what_was_settled_is_not_sent_again_by_the_next_worker(rig, broker, until):
    rig.append("event", 40)
    with Platform(broker.port) as platform:
        rig.start(rig.sink(broker.url))
        until(rig.drained)
        rig.stop()
        rig.append("event", 1)
        rig.start(rig.sink(broker.url))
        assert arrived(platform, event=41)
        until(rig.drained)
        assert platform.snapshot()[VEHICLE].duplicates == 0
    assert rig.status.published == 1


@pytest.mark.parametrize("payload", [b'{"a":1.0,"b":"\xe6\xb8\xa3"}', b"{}", b'{"n":-0,"z":[1e-7]}'])
def test_data_is_the_journal_s_bytes(rig, broker, until, payload):
    rig.journal.append([rig.entry("event", payload)])
    seen = []
    with Platform(broker.port) as platform:
        platform.listen(lambda topic, body: seen.append(body) if topic.endswith("/event") else None)
        rig.start(rig.sink(broker.url))
        until(lambda: bool(seen))
    assert seen[0].endswith(b',"data":' + payload + b"}")
    assert json.loads(seen[0])["severity"] == "info"


def test_fixes_arrive_in_compact_batches(rig, broker, until):
    stamp = rig.clock.stamp()
    first = Fix(
        mono_ns=stamp.mono_ns, mode="3d", lat=31.2, lon=121.4, alt=8.5, speed=1.11, course=315.0, quality=1,
        satellites=9, hdop=0.9,
    )  # fmt: skip
    fixes = [
        replace(
            first, utc=START + timedelta(seconds=i), lat=31.2 + i / 1e5, inferred=("utc",) * (i % 50 == 0)
        )
        for i in range(130)
    ]
    tracks = [Track(fix, ("hdop",) if i > 100 else ()) for i, fix in enumerate(fixes)]
    rig.journal.append([entry(track, stamp) for track in tracks])
    rig.append("track")  # its payload says nothing of a position
    with Platform(broker.port) as platform:
        rig.start(rig.sink(broker.url, track_format="compact"))
        assert arrived(platform, track=131)
        until(rig.drained)
        vehicle = platform.snapshot()[VEHICLE]
    assert (vehicle.batches, vehicle.duplicates, vehicle.gaps("track")) == (3, 0, [])
    for i, fix in enumerate(fixes):
        said = vehicle.fixes[i + 1]
        assert (said["lat"], said["lon"], said["speed"]) == (round(fix.lat, 7), round(fix.lon, 7), 1.11)
        assert said["utc_ms"] == round(fix.utc.timestamp() * 1000)
        assert (said["inferred"], said["unfit"]) == (fix.inferred, tracks[i].unfit)
    assert (vehicle.fixes[131]["mode"], vehicle.fixes[131]["lat"]) == ("none", None)
