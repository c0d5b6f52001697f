"""Writes that the disk refuses, one at a time and from then on (tests.proof.refused); a really full disk."""

import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from buffer.errors import JournalFull
from buffer.ranges import RangeSet
from tests.proof import refused, trace
from tests.proof.script import entry, open_journal

SAMPLE = 5


@pytest.fixture(scope="module")
def every() -> list[refused.Fault]:
    """All faults that can strike one run."""
    if why := trace.unfit():
        pytest.skip(why)
    plain = refused.plain()
    assert plain.code == 0, plain.errors
    return refused.faults(plain)


def test_a_write_that_is_refused_loses_nothing(every: list[refused.Fault]) -> None:
    rng, found = random.Random(os.getpid()), refused.Found()
    once = [fault for fault in every if not fault.lasting]
    syncs = [fault for fault in once if fault.call in ("fdatasync", "fsync")]
    for fault in (*rng.sample(once, SAMPLE), *rng.sample(syncs, 3)):
        refused.strike(fault, rng, found)
    assert found.what == {}
    assert found.struck >= SAMPLE  # some calls are made in some runs only
    assert found.refused > 0


def test_a_disk_that_refuses_everything_from_then_on_loses_nothing(every: list[refused.Fault]) -> None:
    rng, found = random.Random(os.getpid()), refused.Found()
    lasting = [fault for fault in every if fault.lasting and "carrying" not in fault.path]
    for fault in rng.sample(lasting, 3):
        refused.strike(fault, rng, found)
    assert found.what == {}
    assert found.refused > 0


def test_a_salvage_that_the_disk_refuses_is_done_at_the_next_start(every: list[refused.Fault]) -> None:
    rng, found = random.Random(3), refused.Found()
    for fault in rng.sample([f for f in every if ".carrying" in f.path and not f.lasting], 3):
        refused.strike(fault, rng, found)
    assert found.what == {}


def test_a_picture_is_durable_although_the_name_of_its_folder_was_refused_before(
    every: list[refused.Fault],
) -> None:
    """Each next picture in a folder that is there relied on a sync that had failed."""
    rng, found = random.Random(4), refused.Found()
    names = [f for f in every if f.call == "fsync" and f.path in ("pictures", "pictures/event")]
    for fault in [f for f in names if not f.lasting][:6]:
        refused.strike(fault, rng, found)
    assert found.what == {}
    assert found.struck > 0


def test_a_reserve_that_cannot_be_removed_ends_nothing(every: list[refused.Fault]) -> None:
    rng, found = random.Random(5), refused.Found()
    gone = [f for f in every if f.call.startswith("unlink") and f.lasting and f.error == "EIO"]
    for fault in gone[:3]:
        refused.strike(fault, rng, found)
    assert found.what == {}


@pytest.fixture
def megabyte(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    if os.geteuid():
        pytest.skip("needs root to mount a tmpfs")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "haulwatch-test", str(disk)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"needs root to mount a tmpfs: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_disk_that_is_full_at_any_size_keeps_what_was_acknowledged(megabyte: Path) -> None:
    """Less and less is left to the journal, down to nothing."""
    for left in range(400, 0, -57):
        folder = megabyte / "state"
        folder.mkdir()
        ballast = megabyte / "ballast"
        ballast.write_bytes(bytes((1024 - left) * 1024))
        acknowledged = fill(folder / "journal.db")
        ballast.unlink()
        journal = open_journal(folder / "journal.db")
        held = journal.window("nobody", "event", 10**6, RangeSet())
        assert journal.replaced is None
        assert [r.payload for r in held][:acknowledged] == [
            entry("event", n).payload for n in range(1, acknowledged + 1)
        ]
        assert not journal.chain_broken
        journal.append([entry("event", len(held) + 1)])
        journal.close()
        subprocess.run(["rm", "-r", str(folder)], check=True)


def fill(path: Path) -> int:
    """Append until the disk is full; how many rows were acknowledged."""
    try:
        journal = open_journal(path)
    except JournalFull:
        return 0
    n = 0
    try:
        while True:
            journal.append([entry("event", n + 1)])
            n += 1
    except JournalFull:
        pass
    try:
        journal.close()
    except JournalFull:
        return n
    return n + 1  # closing made room: what waited went with it
