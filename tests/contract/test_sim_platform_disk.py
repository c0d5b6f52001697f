"""What is not on the consumer's disk is not acknowledged, and comes again."""

import sqlite3
import threading

import pytest

from agent.errors import PlatformMissing
from agent.platform.consumer import Consumer, Setup
from tests.contract.platform_side import access, consume, message, say

__all__ = ["consume", "say"]  # fixtures


def test_what_was_not_on_disk_comes_again(mosquitto, consume, say, tmp_path):
    """A consumer that got messages and never committed them has not acknowledged them."""
    broker = mosquitto()
    lazy = Consumer(access(broker), Setup(db=str(tmp_path / "lazy.db")))
    lazy.start()
    come = threading.Event()
    for seq in range(1, 6):
        say(broker, "health", message(seq))
    while len(lazy._waiting) < 5:
        come.wait(0.02)
    lazy.close()
    running = consume(broker, db=str(tmp_path / "next.db"))
    while running.count("message") < 5:
        come.wait(0.02)
    assert running.stop().missing == 0


def test_a_disk_that_takes_no_writes_holds_up_the_acknowledgement(mosquitto, until, consume, say):
    broker, acked = mosquitto(), threading.Event()
    running = consume(broker)
    really = running.consumer.client.acknowledge
    running.consumer.client.acknowledge = lambda delivery: (acked.set(), really(delivery))
    with sqlite3.connect(running.setup.db, isolation_level=None) as other:
        other.execute("begin immediate")
        say(broker, "health", message(1))
        assert not acked.wait(1.5)
        other.execute("rollback")
    assert acked.wait(40)
    assert running.count("message") == 1


def test_what_waits_for_the_disk_is_bounded_and_none_is_lost(mosquitto, until, consume, say):
    broker = mosquitto()
    running = consume(broker)
    waiting, really, slow = [], running.consumer._keep, threading.Event()

    def keep(taken):
        slow.wait(0.2)
        waiting.append(len(running.consumer._waiting))
        really(taken)

    running.consumer._keep = keep
    for seq in range(1, 6001):
        say(broker, "health", message(seq))
    until(lambda: running.count("message") == 6000)
    assert max(waiting) <= 500
    assert running.stop().missing == 0


def test_a_full_disk_ends_it_and_nothing_is_lost(mosquitto, until, consume, say, tmp_path):
    broker = mosquitto()
    full = Consumer(access(broker), Setup(db=str(tmp_path / "full.db")))
    full.start()
    (pages,) = full.store.db.execute("pragma page_count").fetchone()
    full.store.db.execute(f"pragma max_page_count={pages}")
    for seq in range(1, 51):
        say(broker, "health", message(seq))
    with pytest.raises(PlatformMissing, match=r"cannot be kept .*full"):
        full.run(threading.Event())
    kept = {seq for (seq,) in full.store.db.execute("select seq from message")}  # what still found room
    full.close()
    running = consume(broker, db=str(tmp_path / "roomy.db"))
    until(lambda: kept | {seq for (seq,) in running.ask("select seq from message")} == set(range(1, 51)))
    assert len(kept) < 50
