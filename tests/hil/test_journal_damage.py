"""A journal that breaks while the daemon uses it: the daemon ends, and its next start saves what is left."""

import sqlite3
from contextlib import closing

import pytest

from buffer.journal import Journal
from buffer.ranges import RangeSet

pytestmark = pytest.mark.hil


def hide(path, seq):
    """Take a fix out of the index, as a flipped bit there does; the row itself stays."""
    content = bytearray(path.read_bytes())
    cell = b"\x04\x17\x01\x01track" + bytes((seq,))  # header, text of 5, two integers of a byte
    at = content.find(cell)
    assert at > 0
    content[at + len(cell) - 1] ^= 0x40
    path.write_bytes(content)


def test_a_daemon_whose_journal_breaks_in_use_ends_and_its_next_start_goes_on(simulated):
    truck = simulated
    truck.broker.kill()
    truck.start()
    truck.await_status(lambda s: s["journal"]["streams"].get("track", {}).get("last", 0) > 6, "fixes on disk")
    assert truck.terminate() == 0
    path = truck.folder / "state" / "journal.db"
    with closing(sqlite3.connect(path)) as db:
        before = db.execute("SELECT count(*) FROM record WHERE stream = 'track'").fetchone()[0]
    hide(path, 5)
    truck.start()
    truck.await_status(bool, "a running daemon")
    truck.restart_broker()
    assert truck.process.wait(60) == 3
    assert "it broke in use" in truck.log()
    truck.start()
    salvaged = truck.await_message("life", "journal.salvaged")
    assert salvaged["data"]["lost"] == {}
    truck.await_drained()
    assert truck.terminate() == 0
    vehicle = truck.await_platform(lambda v: v.state["status"] == "stopped")
    assert set(range(1, before + 1)) <= set(vehicle.fixes)
    assert {s: vehicle.gaps(s) for s in vehicle.seqs if vehicle.gaps(s)} == {}
    journal = Journal.open(path, "boot", max_bytes=2**31, min_free_bytes=0)
    assert [r.seq for r in journal.window("nobody", "track", 10**4, RangeSet())][4] == 5
    journal.close()
