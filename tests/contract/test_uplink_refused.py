"""What a broker refuses: identities, topics, sizes. Refused is never taken for delivered."""

import subprocess
from pathlib import Path

import pytest

from agent.config import Unit
from agent.platform.subscriber import Platform
from agent.uplink.access import read_access
from agent.uplink.mqtt import V5, Connection, Ended, Joined
from drivers.sim.broker import MosquittoBroker

UNIT = Unit("muck", "truck-1")
VEHICLE = "muck/truck-1"
ALL_BUT_EVENTS = """
topic readwrite haulwatch/v1/muck/truck-1/state
topic write haulwatch/v1/muck/truck-1/coverage
topic read haulwatch/#
"""


@pytest.fixture
def guarded(mosquitto, tmp_path: Path) -> MosquittoBroker:
    """A broker that knows one user: truck, with the password right."""
    passwords = tmp_path / "passwords"
    passwords.write_text("truck:right\n")
    subprocess.run(["mosquitto_passwd", "-U", str(passwords)], check=True, capture_output=True)
    return mosquitto("allow_anonymous false", f"password_file {passwords}")


def secrets(folder: Path, password: str) -> dict[str, Path]:
    (folder / "user").write_text("truck\n")
    (folder / "secret").write_text(f"{password}\n")
    return {"username_file": folder / "user", "password_file": folder / "secret"}


def test_a_refused_password_is_reported_and_tried_again(rig, guarded, tmp_path, until):
    rig.append("coverage", 2)
    rig.start(rig.sink(guarded.url, **secrets(tmp_path, "wrong")))
    until(lambda: rig.status.reason is not None)
    assert rig.status.reason == "refused: not authorized"
    assert "wrong" not in repr(rig.status)
    secrets(tmp_path, "right")  # read at each connect, so a corrected file is enough
    until(rig.drained)
    assert rig.status.protocol == 5


def test_a_missing_secret_is_reported_by_its_path(rig, tmp_path, until):
    rig.start(rig.sink("mqtt://127.0.0.1:1", password_file=tmp_path / "absent"))
    until(lambda: rig.status.reason is not None)
    assert rig.status.reason == f"{tmp_path / 'absent'}: cannot be read (No such file or directory)"


def test_a_topic_refused_by_the_acl_is_not_delivered_and_holds_up_no_other(rig, mosquitto, tmp_path, until):
    acl = tmp_path / "acl"
    acl.write_text(ALL_BUT_EVENTS)
    broker = mosquitto(f"acl_file {acl}")
    rig.append("event", 3)
    rig.append("coverage", 3)
    with Platform(broker.port) as platform:
        rig.start(rig.sink(broker.url))
        assert platform.wait_for(lambda v: VEHICLE in v and len(v[VEHICLE].seqs.get("coverage", ())) == 3, 40)
        until(lambda: rig.status.refused >= 3)  # so it was tried again
        assert rig.journal.backlog("city")["event"] == 3
        until(lambda: rig.status.refusals == {"event": "refused: not authorized"})
        assert rig.skipped == []


def test_an_event_that_nobody_subscribes_to_waits_for_a_subscriber(rig, mosquitto, until):
    broker = mosquitto()
    rig.append("event", 3)
    rig.append("health", 3)
    rig.start(rig.sink(broker.url))
    until(lambda: rig.status.refused > 0 and rig.journal.backlog("city")["health"] == 0)
    assert rig.status.refusals == {"event": "refused: nobody subscribes to the topic"}
    assert rig.journal.backlog("city")["event"] == 3
    with Platform(broker.port) as platform:
        assert platform.wait_for(lambda v: VEHICLE in v and len(v[VEHICLE].seqs.get("event", ())) == 3, 40)
        until(rig.drained)
    assert rig.status.refusals == {}


def test_a_record_larger_than_the_broker_takes_is_dead_and_the_rest_goes_on(rig, mosquitto, until):
    broker = mosquitto("max_packet_size 5000")
    big = b'{"text":"' + b"x" * 6000 + b'"}'
    rig.append("event", 1)
    rig.journal.append([rig.entry("event", big)])
    rig.append("event", 1)
    rig.append("track", 120)
    with Platform(broker.port) as platform:
        rig.start(rig.sink(broker.url))
        assert platform.wait_for(
            lambda v: (
                VEHICLE in v
                and v[VEHICLE].seqs.get("event") == {1, 3}
                and len(v[VEHICLE].seqs.get("track", ())) == 120
            ),
            40,
        )
        until(rig.drained)
    assert rig.skipped == [("event", 2, 2, "dead")]
    assert rig.status.connects == 1


def test_what_the_broker_says_when_it_disconnects_is_passed_on(rig, mosquitto):
    broker = mosquitto("max_packet_size 5000")
    connection = Connection(read_access(rig.sink(broker.url), UNIT, None), None, V5)
    assert connection.open() is None
    happened = []
    while not any(isinstance(h, Ended) for h in happened):
        happened += connection.poll(0.1)
        if isinstance(happened[-1] if happened else None, Joined):
            connection.publish("haulwatch/v1/muck/truck-1/event", b"x" * 6000)
            happened.append(None)
    assert happened[-1] == Ended("disconnected: packet too large", 0x95)
