"""Flipped bits and cut ends anywhere: every row is there, settled, or named (tests.proof.flips)."""

import random
from pathlib import Path

import pytest

from tests.proof import flips


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A journal closed in order, and one whose WAL was not written back."""
    folders = {state: tmp_path_factory.mktemp(state) for state in ("closed", "open")}
    for state, folder in folders.items():
        flips.make(folder, state)
    assert not folders["closed"].joinpath("journal.db-wal").exists()
    assert folders["open"].joinpath("journal.db-wal").stat().st_size > 100_000
    return folders


@pytest.mark.parametrize("state", ["closed", "open"])
def test_each_row_is_there_or_settled_or_named(made: dict[str, Path], state: str) -> None:
    rng, found = random.Random(11), flips.Found()
    for _ in range(15):
        flips.strike(made[state], rng, found)
    assert found.what == {}
    assert min(found.salvaged, found.withheld) > 0
    assert found.rows_named > 0


def test_a_wal_broken_in_its_middle_is_not_cut_there(made: dict[str, Path], tmp_path: Path) -> None:
    """SQLite alone gives the older half and is silent; what lies behind the break was acknowledged."""
    for file in made["open"].iterdir():
        if not file.name.endswith(("-shm", "-mark")):
            (tmp_path / file.name).write_bytes(file.read_bytes())
    wal = tmp_path / "journal.db-wal"
    content = bytearray(wal.read_bytes())
    content[len(content) // 2] ^= 1
    wal.write_bytes(content)
    journal = flips._opened(tmp_path)
    assert journal.replaced
    assert journal.last("event") == flips.STREAMS["event"]
    journal.close()
