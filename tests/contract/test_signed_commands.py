"""Signed commands over a real broker: whose word counts, and that nothing is taken twice."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.config import CommandsConfig
from agent.platform.subscriber import Platform
from agent.trust.keys import new_key
from tests.contract.command_desk import Asker, connected, signed, trust_key

STRANGER, LIMITED = new_key(), new_key()


@pytest.fixture
def trusting(desk):
    """The vehicle trusts KEY for all, LIMITED for zones only, STRANGER not at all; it takes many commands."""
    desk.limits = CommandsConfig(per_minute=600.0, burst=100)
    trust_key(desk)
    trust_key(desk, LIMITED, ("zones",))
    return desk


@pytest.fixture
def city(mosquitto, trusting, until):
    """A platform on mosquitto to which the vehicle is connected."""
    broker = mosquitto()
    with Platform(broker.port) as listener:
        connected(trusting, broker, until)
        asker = Asker(listener)
        asker.broker = broker
        yield asker


def shift(seconds):
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def test_a_signed_command_is_carried_out(trusting, city, until):
    city.ask("ping", "c-1", signed("ping", "c-1"))
    until(lambda: city.states("c-1")[-1:] == [("done", None, False)])


NOT_BELIEVED = [
    (lambda name: signed("ping", name, STRANGER), "unknown_key"),
    (lambda name: signed("ping", name, LIMITED), "not_allowed"),
    (lambda name: signed("ping", name, purpose="zones"), "wrong_purpose"),
    (lambda name: signed("ping", name, vehicles=["muck/truck-2"]), "wrong_vehicle"),
    (lambda name: signed("ping", name, expires=shift(-5)), "expired"),
    (lambda name: signed("ping", name, not_before=shift(300)), "not_yet"),
    (lambda name: signed("ping", name).replace(b'"ping"', b'"pong"'), "bad_signature"),
    (lambda name: signed("ping", name).replace(b'"Ed25519"', b'"none"'), "bad_signature"),
    (lambda name: signed("ping", name)[:-1], "malformed"),
    (lambda _: b'{"signed": 1}', "malformed"),
]


def test_whose_word_is_not_believed(trusting, city, until):
    for n, (payload, reason) in enumerate(NOT_BELIEVED, 1):
        command = f"c-{n}"
        city.ask("ping", command, payload(command))
        until(lambda command=command: bool(city.of(command)), reason)
        assert city.states(command) == [("rejected", reason, False)]
        assert [r.reason for r in trusting.refused] == [case[1] for case in NOT_BELIEVED[:n]]
        city.ask("ping", command, signed("ping", command))  # and has used up no id
        until(lambda command=command: city.states(command)[-1] == ("done", None, False), reason)


def test_depth_ends_nothing(trusting, city, until):
    """What JSON readers still take may be too deep for the signature's canonical form."""
    for depth in (100, 400, 900, 5000):
        document = signed("ping", "c-1").replace(b'"args": {}', b'"args": ' + b"[" * depth + b"]" * depth)
        city.ask("ping", f"d-{depth}", document)
        until(lambda depth=depth: bool(city.of(f"d-{depth}")))
        assert city.of(f"d-{depth}")[0]["reason"] in ("bad_signature", "malformed")


WRONG = [
    (lambda name: signed("ping", name, body={"id": "other"}), "malformed"),
    (lambda name: signed("ping", name, body={"name": "rescan"}), "malformed"),
    (lambda name: signed("ping", name, body={"more": 1}), "malformed"),
    (lambda name: signed("ping", name, args={"x": 1}), "bad_args"),
]


def test_believed_and_wrong_is_rejected_for_good(trusting, city, until):
    for n, (payload, reason) in enumerate(WRONG):
        command = f"c-{n}"
        document = payload(command)
        city.ask("ping", command, document)
        until(lambda command=command, r=reason: city.states(command) == [("rejected", r, False)], reason)
        city.ask("ping", command, document)
        until(lambda command=command, r=reason: city.states(command)[-1] == ("rejected", r, True), reason)


def test_a_document_is_taken_once_under_any_id(trusting, city, until):
    document = signed("ping", "c-1")
    city.ask("ping", "c-1", document)
    until(lambda: city.states("c-1")[-1:] == [("done", None, False)])
    city.ask("ping", "c-9", document)
    until(lambda: city.states("c-9") == [("rejected", "replayed", False)])


def test_nor_after_a_restart(trusting, city, until):
    document = signed("ping", "c-1")
    city.ask("ping", "c-1", document)
    until(lambda: city.states("c-1")[-1:] == [("done", None, False)])
    trusting.close()
    connected(trusting, city.broker, until)
    city.ask("ping", "c-9", document)
    until(lambda: city.states("c-9") == [("rejected", "replayed", False)])
    city.ask("ping", "c-1", document)
    until(lambda: city.states("c-1")[-1] == ("done", None, True))


def test_what_may_have_been_forgotten_is_not_taken(trusting, city, until):
    """A clock set back makes an old document valid again; what was cleared is remembered by its date."""
    city.ask("ping", "c-1", signed("ping", "c-1"))
    until(lambda: city.states("c-1")[-1:] == [("done", None, False)])
    year_ns = 366 * 86_400 * 10**9
    later_ns = trusting.clock.stamp().utc_ns + year_ns
    assert trusting.journal.commands.clear(later_ns, later_ns, 0) == 1
    city.ask("ping", "c-2", signed("ping", "c-2", expires=shift(60)))
    until(lambda: city.states("c-2") == [("rejected", "expired", False)])


def test_a_broken_trust_store_trusts_nobody_and_ends_nothing(trusting, city, until):
    (trusting.rig.path.parent / "trust.json").write_text("{")
    city.ask("ping", "c-1", signed("ping", "c-1"))
    until(lambda: city.states("c-1") == [("rejected", "unknown_key", False)])
    city.ask("ping", "c-2")
    until(lambda: city.states("c-2")[-1:] == [("done", None, False)])
