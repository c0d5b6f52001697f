"""What a platform makes of what vehicles sign."""

import base64
import sqlite3
from typing import Any

import pytest

from agent.evidence.statement import anchor, canonical, objection, rotation
from agent.platform.signatures import Signatures
from agent.platform.tables import open_database
from agent.trust.keys import PrivateKey, new_key

TRUCK, OTHER = "muck/truck-1", "muck/truck-2"
AT = {"boot": "b", "mono_us": 1, "utc_us": None, "clock": "unsynced"}


def signed(key: PrivateKey, statement: dict[str, Any]) -> dict[str, Any]:
    sig = base64.urlsafe_b64encode(key.sign_bytes(canonical(statement))).decode().rstrip("=")
    return {"alg": "Ed25519", "kid": key.public.kid, "sig": sig, "statement": statement}


def head(vehicle: str = TRUCK, number: int = 1) -> dict[str, Any]:
    return anchor(vehicle, "g", "a" * 64, {"life": number}, AT)


def birth(key: PrivateKey) -> dict[str, Any]:
    return {"device": {"kid": key.public.kid, "key": key.public.key, "alg": "Ed25519"}}


@pytest.fixture
def db() -> sqlite3.Connection:
    return open_database(":memory:")


def verdicts(db: sqlite3.Connection) -> list[str]:
    return [v for (v,) in db.execute("select verdict from signature order by id")]


def test_what_the_key_of_the_birth_signed_is_genuine(db: sqlite3.Connection) -> None:
    key, platform = new_key(), Signatures(db)
    platform.born(TRUCK, birth(key), 0)
    platform.judge(TRUCK, "1", "chain.anchor", signed(key, head()), 0)
    assert verdicts(db) == ["genuine"]


def test_a_changed_statement_is_forged(db: sqlite3.Connection) -> None:
    key, platform = new_key(), Signatures(db)
    platform.born(TRUCK, birth(key), 0)
    platform.judge(TRUCK, "1", "chain.anchor", signed(key, head()) | {"statement": head(number=2)}, 0)
    assert verdicts(db) == ["forged"]


def test_nobody_else_signs_for_a_vehicle(db: sqlite3.Connection) -> None:
    """A second birth names another key; a head of another vehicle is passed off; nobody was born."""
    key, thief, platform = new_key(), new_key(), Signatures(db)
    platform.born(TRUCK, birth(key), 0)
    platform.born(TRUCK, birth(thief), 1)
    platform.judge(TRUCK, "1", "chain.anchor", signed(thief, head()), 0)
    platform.judge(TRUCK, "2", "chain.anchor", signed(key, head(OTHER)), 0)
    platform.judge(OTHER, "3", "chain.anchor", signed(key, head(OTHER)), 0)
    assert verdicts(db) == ["unknown_key"] * 3


def test_a_key_comes_after_the_one_that_signed_it(db: sqlite3.Connection) -> None:
    old, new, platform = new_key(), new_key(), Signatures(db)
    turn = rotation(TRUCK, old.public.kid, new.public.kid, new.public.key, "2026-12-01T00:00:00Z")
    platform.born(TRUCK, birth(old), 0)
    platform.judge(TRUCK, "1", "device.key.rotated", signed(new, turn), 0)
    platform.judge(TRUCK, "2", "chain.anchor", signed(new, head()), 0)
    platform.judge(TRUCK, "3", "device.key.rotated", signed(old, turn), 0)
    platform.judge(TRUCK, "4", "chain.anchor", signed(new, head()), 0)
    assert verdicts(db) == ["unknown_key", "unknown_key", "genuine", "genuine"]


def test_an_objection_brings_its_key_along_and_proves_no_more_than_that(db: sqlite3.Connection) -> None:
    unit, driver, platform = new_key(), new_key(), Signatures(db)
    platform.born(TRUCK, birth(unit), 0)
    said = objection("g/event/1", "a" * 64, "it was shut", "driver", "2026-12-01T00:00:00Z")
    other = objection("g/event/1", "a" * 64, "it was open", "driver", "2026-12-01T00:00:00Z")
    own = {"key": driver.public.key}
    platform.judge(TRUCK, "1", "dispute", signed(driver, said) | own, 0)
    platform.judge(TRUCK, "2", "dispute", signed(driver, said) | own | {"statement": other}, 0)
    platform.judge(TRUCK, "3", "dispute", signed(unit, said) | {"key": unit.public.key}, 0)
    assert verdicts(db) == ["unknown_key", "forged", "genuine"]
