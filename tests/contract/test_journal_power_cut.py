"""Power cuts at many moments of one run: what was acknowledged is there, nothing else (tests.proof.cuts)."""

import random
from pathlib import Path

import pytest

from tests.proof import cuts, trace


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> trace.Run:
    """A journal's whole life, traced."""
    if why := trace.unfit():
        pytest.skip(why)
    run = cuts.script(tmp_path_factory.mktemp("traced"), "--steps", "40")
    assert run.code == 0, run.errors
    return run


def test_a_power_cut_loses_nothing_that_was_acknowledged(written: trace.Run) -> None:
    rng = random.Random(5)
    found = cuts.look(written.happened, cuts.chosen(written.happened, 40, rng), rng)
    assert (found.cuts, found.images) == (40, 80)
    assert found.what == {}


def test_a_salvage_that_is_cut_short_begins_again(written: trace.Run) -> None:
    """Between the damage and the first row after it, every moment counts."""
    said = [(n, thing.what) for n, thing in enumerate(written.happened) if isinstance(thing, trace.Said)]
    renewing = [n for n, what in said if what in ({"will": {"renew": True}}, {"did": {"renew": True}})]
    assert len(renewing) == 4
    places = [n for start, end in zip(renewing[::2], renewing[1::2], strict=True) for n in range(start, end)]
    names = [n for n in places if getattr(written.happened[n], "name", "") in ("rename", "unlink", "fsync")]
    rng = random.Random(6)
    found = cuts.look(written.happened, {*rng.sample(names, 12), *rng.sample(places, 6)}, rng)
    assert found.what == {}


def test_without_the_wals_syncs_rows_are_lost(written: trace.Run) -> None:
    """The test above can fail."""
    rng = random.Random(7)
    found = cuts.look(written.happened, cuts.chosen(written.happened, 20, rng), rng, deaf=("-wal",))
    assert found.lost > 5


def test_with_synchronous_normal_rows_are_lost(tmp_path: Path) -> None:
    """Likewise, by SQLite's own setting."""
    if why := trace.unfit():
        pytest.skip(why)
    run = cuts.script(tmp_path, "--normal", "--steps", "20")
    rng = random.Random(8)
    assert cuts.look(run.happened, cuts.chosen(run.happened, 20, rng), rng).lost > 5
