"""Commands over real brokers, MQTT 5 and 3.1.1: taken once, stored before their PUBACK, answered."""

import json
import sqlite3
import threading
from collections import Counter
from contextlib import closing

import pytest

from agent.config import CommandsConfig
from agent.platform.subscriber import Platform
from drivers.clock import Stamp
from tests.contract.command_desk import BASE, VEHICLE, Asker, connected


def test_ping_is_taken_stored_and_answered(desk, broker, platform, until):
    connected(desk, broker, until)
    platform.ask("ping", "p-1")
    until(lambda: platform.states("p-1")[-1:] == [("done", None, False)])
    assert platform.states("p-1") == [("accepted", None, False), ("done", None, False)]
    topic, message = platform.replies[-1]
    assert topic == f"{BASE}/cmd/ping/p-1/reply"
    assert (message["stream"], message["type"]) == ("life", "command.done")
    assert message["subject"] == "command/city/p-1"
    assert message["data"]["result"]["version"] == "1.2"
    until(desk.rig.drained)
    vehicle = platform.platform.snapshot()[VEHICLE]
    assert not vehicle.gaps("life")


def test_get_status_tells_large_numbers_as_text(desk, broker, platform, until):
    connected(desk, broker, until)
    platform.ask("get_status", "s-1", b'{"args": {}}')
    until(lambda: platform.states("s-1")[-1:] == [("done", None, False)])
    assert platform.of("s-1")[-1]["result"] == {"big": str(1 << 60)}


def test_a_second_delivery_is_answered_with_the_last_state(desk, broker, platform, until):
    connected(desk, broker, until)
    platform.ask("ping", "p-1")
    until(lambda: len(platform.of("p-1")) == 2)
    platform.ask("ping", "p-1")
    until(lambda: len(platform.of("p-1")) == 3)
    assert platform.states("p-1")[-1] == ("done", None, True)
    assert platform.of("p-1")[-1]["result"] == platform.of("p-1")[-2]["result"]
    assert (desk.tally.taken, desk.tally.repeated) == (1, 1)


def test_also_after_a_restart(desk, broker, platform, until):
    connected(desk, broker, until)
    platform.ask("ping", "p-1")
    until(lambda: len(platform.of("p-1")) == 2)
    desk.close()
    connected(desk, broker, until)
    platform.ask("ping", "p-1")
    until(lambda: platform.states("p-1")[-1:] == [("done", None, True)])
    assert desk.tally.taken == 0


REJECTED = [
    ("ping", b"{", "malformed"),
    ("ping", b"[]", "malformed"),
    ("ping", b'{"args": {"x": 1}}', "bad_args"),
    ("ping", b'{"surprise": 1}', "malformed"),
    ("ping", b'{"expires": "2020-01-01T00:00:00Z"}', "expired"),
    ("ping", b'{"expires": "2020-01-01T00:00:00"}', "malformed"),
    ("ping", b"\xff\xfe", "malformed"),
    ("snapshot", b'{"args": {"camera": "bed"}}', "unsigned"),
    ("snapshot", b"", "unsigned"),
    ("dig_a_hole", b"", "unknown_command"),
    ("ping", b" " * 70_000, "too_large"),
    ("ping", b'{"args": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}", "malformed"),
    ("ping", b'{"signed": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", "malformed"),
]


def test_each_is_rejected_with_its_word(desk, broker, platform, until):
    desk.limits = CommandsConfig(per_minute=600.0, burst=100)
    connected(desk, broker, until)
    for n, (name, payload, reason) in enumerate(REJECTED):
        platform.ask(name, f"c-{n}", payload)
        until(lambda n=n: bool(platform.of(f"c-{n}")), reason)
        assert platform.states(f"c-{n}") == [("rejected", reason, False)], payload[:40]
        refused = desk.refused[-1]
        assert (refused.sink, refused.reason, refused.name) == ("city", reason, name)
    assert desk.tally.rejected == Counter(reason for _, _, reason in REJECTED)
    assert len(desk.refused) == len(REJECTED)
    assert desk.journal.commands.count() == 0, "nobody whom we believe said it, so the id is still free"


def test_a_retained_command_is_rejected(desk, broker, platform, until):
    platform.ask("ping", "old-1", b"{}", retain=True)
    until(lambda: bool(platform.platform.wait_for(lambda _: True, 1)))
    connected(desk, broker, until)
    until(lambda: bool(platform.of("old-1")))
    assert platform.states("old-1")[0] == ("rejected", "retained", False)


def test_topics_that_are_no_command_s_are_counted(desk, broker, platform, until):
    connected(desk, broker, until)
    topics = ("cmd/PING/c-1", "cmd/ping/c 1", f"cmd/ping/{'x' * 65}", "cmd/ping/ä")
    for number, topic in enumerate(topics, 1):
        platform.platform.publish(f"{BASE}/{topic}", b"")
        until(lambda number=number: desk.tally.malformed == number, topic)
    platform.ask("ping", "p-1")
    until(lambda: len(platform.of("p-1")) == 2)


def test_too_many_are_rejected_and_may_come_again(desk, broker, platform, until):
    desk.limits = CommandsConfig(per_minute=1.0, burst=2)
    connected(desk, broker, until)
    for n in range(8):
        platform.ask("ping", f"p-{n}")
    until(lambda: desk.tally.rejected.get("too_many") == 6)
    until(lambda: sum(platform.states(f"p-{n}") == [("rejected", "too_many", False)] for n in range(8)) == 2)
    assert desk.tally.taken == 2
    assert desk.journal.commands.count() == 2


@pytest.mark.parametrize("broker", ["mosquitto"], indirect=True)  # amqtt keeps no session without a user name
def test_what_came_while_we_were_away_waits_at_the_broker(desk, broker, platform, until):
    connected(desk, broker, until)
    desk.close()
    platform.ask("ping", "p-1")
    until(lambda: platform.platform.wait_for(lambda _: True, 1))
    connected(desk, broker, until)
    until(lambda: platform.states("p-1")[-1:] == [("done", None, False)])


def test_without_a_session_nothing_waits(desk, broker, platform, until):
    connected(desk, broker, until, session_s=0)
    desk.close()
    platform.ask("ping", "p-1")
    platform.platform.wait_for(lambda _: False, 1)
    connected(desk, broker, until, session_s=0)
    platform.ask("ping", "p-2")
    until(lambda: platform.states("p-2")[-1:] == [("done", None, False)])
    assert platform.states("p-1") == []


def test_what_could_not_be_stored_is_not_acknowledged_and_comes_again(desk, mosquitto, until):
    """The journal is closed to commands for a while, as on a full disk, and the line is cut meanwhile."""
    broker = mosquitto()
    with Platform(broker.port) as listener:
        platform = Asker(listener)
        connected(desk, broker, until)
        desk.room.close()
        platform.ask("ping", "p-1")
        platform.ask("ping", "p-2")
        listener.wait_for(lambda _: False, 1)
        assert platform.replies == []
        desk.close()
        connected(desk, broker, until)
        until(lambda: platform.states("p-1")[-1:] == [("done", None, False)])
        until(lambda: platform.states("p-2")[-1:] == [("done", None, False)])


def test_what_is_accepted_is_on_disk_before_it_is_acknowledged(desk, mosquitto, until):
    """Nobody works: the command is stored and answered as accepted all the same."""
    broker = mosquitto()
    with Platform(broker.port) as listener:
        platform = Asker(listener)
        desk.open(desk.sink(broker.url), working=False)
        until(lambda: desk.status.listening)
        platform.ask("ping", "p-1")
        until(lambda: platform.states("p-1") == [("accepted", None, False)])
        with closing(sqlite3.connect(desk.rig.path)) as db:
            assert db.execute("SELECT sink, id, open FROM command").fetchall() == [("city", "p-1", 1)]
        desk.work()
        until(lambda: platform.states("p-1")[-1] == ("done", None, False))


def test_a_command_whose_time_is_over_before_its_turn_expires_whatever_the_clock_says(desk, mosquitto, until):
    broker = mosquitto()
    with Platform(broker.port) as listener:
        platform = Asker(listener)
        desk.open(desk.sink(broker.url), working=False)
        until(lambda: desk.status.listening)
        platform.ask("ping", "p-1", b'{"expires": "2999-01-01T00:00:00Z"}')
        until(lambda: platform.states("p-1") == [("accepted", None, False)])
        real = desk.clock.stamp

        def set_back(mono_ns=None):
            """The monotonic clock went on for a thousand years, UTC did not."""
            now = real(mono_ns)
            return Stamp(now.boot, now.mono_ns + 1000 * 366 * 86_400 * 10**9, now.utc_ns, now.origin)

        control = desk.room.build()
        control._clock = type("Clock", (), {"stamp": staticmethod(set_back), "mono_ns": desk.clock.mono_ns})()
        over = threading.Event()
        thread = threading.Thread(target=control.run, args=(over, int))
        thread.start()
        until(lambda: platform.states("p-1")[-1] == ("expired", "expired", False))
        over.set()
        thread.join()


def test_what_we_published_is_never_repeated_by_paho(desk, broker, platform, until):
    """The session outlives the connection, and still only the journal sends again."""
    desk.rig.append("event", 50)
    connected(desk, broker, until)
    until(desk.rig.drained)
    desk.close()
    connected(desk, broker, until)
    desk.rig.append("event", 1)
    until(desk.rig.drained)
    assert desk.status.published == 1
    until(lambda: len(platform.platform.snapshot()[VEHICLE].seqs["event"]) == 51)
    assert platform.platform.snapshot()[VEHICLE].duplicates == 0


def test_a_state_that_the_broker_kept_for_us_is_no_other_unit_s(desk, broker, platform, until):
    """A new generation after the journal was begun anew must not see its own old state as a clone."""
    connected(desk, broker, until)
    desk.close()
    state = platform.platform.snapshot()[VEHICLE].state
    platform.platform.publish(f"{BASE}/state", json.dumps(state | {"generation": "other"}).encode())
    platform.platform.wait_for(lambda _: False, 1)
    connected(desk, broker, until)
    platform.ask("ping", "p-1")
    until(lambda: platform.states("p-1")[-1:] == [("done", None, False)])
    assert not any(link.taken_over for link in desk.rig.links)


def test_no_word_on_the_state_s_topic_ends_the_uplink(desk, broker, platform, until):
    connected(desk, broker, until)
    for payload in (b"[" * 50_000, b'{"session": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", b"\xff", b""):
        platform.platform.publish(f"{BASE}/state", payload)
    platform.ask("ping", "p-1")
    until(lambda: platform.states("p-1")[-1:] == [("done", None, False)])
    assert desk.status.connects == 1


def test_what_is_delivered_again_takes_no_room_from_what_is_new(desk, broker, platform, until):
    desk.limits = CommandsConfig(per_minute=1.0, burst=3)
    connected(desk, broker, until)
    platform.ask("ping", "p-0")
    for _ in range(8):
        platform.ask("ping", "p-0")
    platform.ask("ping", "p-1")
    until(lambda: platform.states("p-1")[-1:] == [("done", None, False)])
    until(lambda: desk.tally.repeated == 8)
    assert len([s for s in platform.states("p-0") if s[2]]) == 3, "an answer for each would be a flood too"
