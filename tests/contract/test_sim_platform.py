"""The reference consumer against real brokers, and against vehicles that are real but for their truck."""

import hashlib

import pytest

from agent.model import Emit, Track
from agent.platform.report import report
from agent.records import entry
from drivers.readings import Fix
from tests.contract.platform_side import consume, message, say

__all__ = ["consume", "say"]  # fixtures


def device(n=0):
    return Emit("health", "device.changed", "receiver", {"connected": bool(n % 2), "reason": None})


def fill(rig, count):
    """True records: so many changes of a device, and fixes."""
    stamp = rig.clock.stamp()
    made = [entry(device(n), stamp) for n in range(count)]
    made += [entry(Track(Fix(stamp.mono_ns, "3d", lat=31.2, lon=121.4)), stamp) for _ in range(count)]
    rig.journal.append(made)


@pytest.mark.parametrize("track_format", ["json", "compact"])
def test_all_that_is_journalled_is_kept_once_and_in_order(rig, broker, until, consume, track_format):
    fill(rig, 130)
    running = consume(broker)
    rig.start(rig.sink(broker.url, track_format=track_format))
    until(lambda: running.count("fix") == 130 and running.count("message") == 130)
    until(rig.drained)
    rig.stop()
    until(lambda: running.ask("select status from vehicle") == [("stopped",)])
    made = running.stop()
    assert (made.missing, made.invalid) == (0, [])
    assert {(s.stream, s.messages, s.fixes, s.duplicates) for s in made.streams} == {
        ("health", 130, 0, 0), ("track", 3, 130, 0),
    }  # fmt: skip
    assert made.fine
    assert made.delays["live"]["number"] == 133
    assert running.consumer.client.protocol == (4 if broker.kind == "amqtt" else 5)


def test_what_comes_twice_is_kept_once(broker, until, consume, say):
    running = consume(broker)
    for seq in (1, 2, 2, 1, 2):
        say(broker, "health", message(seq))
    until(lambda: running.ask("select messages, duplicates from count") == [(5, 3)])
    assert running.count("message") == 2


def test_a_gap_opens_shrinks_and_closes(broker, until, consume, say):
    running = consume(broker)
    for seq in (1, 5):
        say(broker, "health", message(seq))
    until(lambda: running.ask("select first, last from gap where closed_ms is null") == [(2, 4)])
    (since,) = running.ask("select seen_ms from gap")[0]
    say(broker, "health", message(3))
    until(
        lambda: (
            running.ask("select first, last from gap where closed_ms is null order by 1") == [(2, 2), (4, 4)]
        )
    )
    assert {row[0] for row in running.ask("select seen_ms from gap")} == {since}
    assert [s.missing for s in report([running.setup.db]).streams] == [2]
    data = {"sink": "city", "stream": "health", "from": 2, "to": 2, "why": "dropped", "severity": "info"}
    say(broker, "life", message(1, "skipped", "life", data=data))
    say(broker, "health", message(4))
    until(lambda: running.count("gap", "closed_ms is null") == 0)
    assert running.stop().missing == 0


def test_what_is_not_in_order_is_kept_and_named(broker, until, consume, say):
    running = consume(broker)
    say(broker, "health", message(1, "device.exploded"))
    say(broker, "health", b"nonsense")
    say(broker, "state", {"status": "asleep"})
    until(lambda: running.count("invalid") == 3)
    made = running.stop()
    reasons = " ".join(row["reason"] for row in made.invalid)
    assert "unknown type device.exploded" in reasons
    assert "no message" in reasons
    assert "State" in reasons
    assert running.count("message", "invalid is not null") == 1
    assert not made.fine


def test_it_comes_back_with_the_broker(rig, broker, until, consume):
    fill(rig, 20)
    running = consume(broker)
    rig.start(rig.sink(broker.url))
    until(lambda: running.count("message") == 20)
    broker.kill()
    fill(rig, 20)
    broker.start()
    assert running.consumer.client.await_subscriptions(2, 40)
    fill(rig, 5)
    rig.uplink.wake()
    until(lambda: running.count("message", "type='device.changed'") >= 25)


def test_its_account_outlives_it(broker, until, consume, say):
    for seqs in ((1, 2), (2, 4)):
        running = consume(broker)
        for seq in seqs:
            say(broker, "health", message(seq))
        until(lambda on=running, last=seqs[-1]: on.count("message", f"seq={last}") == 1)
        made = running.stop()
    assert [(s.messages, s.duplicates, s.missing) for s in made.streams] == [(4, 1, 1)]


def test_who_joins_late_misses_nothing_of_before(broker, until, consume, say):
    running = consume(broker, joined_late=True)
    for seq in (700, 701):
        say(broker, "health", message(seq))
    until(lambda: running.count("message") == 2)
    assert running.stop().missing == 0


def test_two_that_share_a_subscription_have_all_between_them(mosquitto, rig, until, consume):
    """Of mosquitto, on one broker: each message goes to one of them."""
    broker = mosquitto()
    pattern = "$share/city/haulwatch/v1/+/+/#"
    pair = [consume(broker, name, pattern=pattern) for name in ("one", "two")]
    fill(rig, 200)
    rig.start(rig.sink(broker.url, track_batch=10))
    until(lambda: sum(r.count("message") for r in pair) == 200 and sum(r.count("fix") for r in pair) == 200)
    parts = [r.stop() for r in pair]
    assert all(part.missing for part in parts), "each has a part"
    whole = report([r.setup.db for r in pair])
    assert (whole.missing, whole.invalid) == (0, [])
    assert sum(s.messages for s in whole.streams) == 220


def manifest(seq, content, chunkbytes=4):
    sha256 = hashlib.sha256(content).hexdigest()
    file = {"sha256": sha256, "bytes": len(content)}
    data = {"why": "load.changed", "camera": "bed", "group": "event", "overlay": None, "concealed": "faces"}
    data |= {"original": file | {"width": 1, "height": 1}, "severity": "info", "frame": 1, "at_us": 1}
    data |= {"may_leave": {"original": True, "overlay": False}, "decided": False}
    files = [file | {"kind": "original", "chunks": -(-len(content) // chunkbytes)}]
    made = message(seq, "picture.taken", "media", data=data, chunkbytes=chunkbytes, files=files)
    return made, [content[i : i + chunkbytes] for i in range(0, len(content), chunkbytes)]


def test_pictures_are_put_together_and_checked(broker, until, consume, say):
    running = consume(broker)
    body, chunks = manifest(1, b"a picture of a load")
    sha256 = body["files"][0]["sha256"]
    say(broker, "media", body)
    for index in (3, 1, 1, 0, 4, 2):
        say(broker, f"media/{sha256}/{index}", chunks[index])
    until(lambda: running.count("picture", "state='complete'") == 1)
    (path,) = running.ask("select path from picture")[0]
    with open(path, "rb") as file:
        assert file.read() == b"a picture of a load"
    other, _ = manifest(2, b"another")
    data = {"sha256": other["files"][0]["sha256"], "kind": "original", "reason": "gone", "severity": "info"}
    data["sink"] = "city"
    say(broker, "media", other)
    say(broker, "media", message(3, "picture.unsent", "media", data=data))
    until(lambda: running.count("picture", "state='unsent'") == 1)
    made = running.stop()
    assert (made.missing, made.invalid, made.pictures) == (0, [], {"complete": 1, "unsent": 1})
