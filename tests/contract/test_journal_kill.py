"""SIGKILL at random moments, writer and uplink together, against a real broker (tests.proof.kills)."""

import random
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from buffer.books import write
from buffer.ranges import RangeSet
from drivers.sim.broker import MosquittoBroker, mosquitto_binary
from tests.proof import kills

ROUNDS = 20


@pytest.fixture
def life(tmp_path: Path):
    """A journal's life of many deaths, and what was found in it."""
    if not mosquitto_binary():
        pytest.skip("mosquitto is not installed")
    found = kills.Found()
    with MosquittoBroker() as broker:
        life = kills.Life(tmp_path, broker, found)
        yield life, found
        life.close()


def test_nothing_that_append_returned_is_lost_and_nothing_is_settled_early(life, tmp_path: Path) -> None:
    living, found = life
    rng = random.Random(5)
    for _ in range(ROUNDS):
        living.round(rng)
    assert found.what == {}
    living.end()
    assert found.what == {}
    assert found.arrived >= found.acknowledged > 100
    assert found.settled == found.arrived


def lose_a_row(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM record WHERE stream = 'event' AND seq = 2")


def settle_early(db: sqlite3.Connection) -> None:
    (last,) = db.execute("SELECT max(seq) FROM record WHERE stream = 'health'").fetchone()
    write(db, "settled", [("city", "health", last + 100, last + 109)])


@pytest.mark.parametrize(
    ("harm", "said"), [(lose_a_row, "seqs 2 to 2 are missing|LOST event"), (settle_early, "never took it")]
)
def test_the_witnesses_see_what_is_wrong(life, tmp_path: Path, harm, said: str) -> None:
    """The test above can fail."""
    living, found = life
    rng = random.Random(6)
    while min(living.oracle.rows.get(s, RangeSet()).count for s in ("event", "health")) < 3:
        living.round(rng)
    assert found.what == {}
    with closing(sqlite3.connect(tmp_path / "journal.db")) as db, db:
        harm(db)
    living.round(rng)
    assert any(re.search(said, complaint) for complaint in found.what.values())
