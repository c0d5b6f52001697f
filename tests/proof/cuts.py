"""Power cuts, made from the trace of one run: at each, what the disk may then hold is opened and compared."""

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.proof import trace
from tests.proof.disk import Disk
from tests.proof.oracle import Oracle
from tests.proof.trace import Call, Said


class Found(msgspec.Struct):
    """How many cuts and images were made, how many disagreed, and examples of how."""

    cuts: int = 0
    images: int = 0
    bad: int = 0
    lost: int = 0
    acknowledged: int = 0
    what: dict[str, str] = {}

    def add(self, where: str, complaints: list[str]) -> None:
        """An image was looked at."""
        self.images += 1
        self.bad += bool(complaints)
        self.lost += any(c.startswith("LOST") for c in complaints)
        for complaint in complaints[:5]:
            self.what.setdefault(complaint[:40], f"{where}: {complaint[:300]}")


def script(folder: Path, *options: str, inject: str | None = None) -> trace.Run:
    """The run of the scripted writer in an empty folder."""
    return trace.run(folder, ["tests.proof.script", folder, *options], inject)


def chosen(happened: Sequence[Call | Said], count: int, rng: random.Random) -> set[int]:
    """So many places to cut at: half of them at syncs, names and words, where most can go wrong."""
    telling = [n for n, thing in enumerate(happened) if isinstance(thing, Said) or not thing.content]
    half = rng.sample(telling, min(len(telling), count // 2))
    others = sorted(set(range(len(happened))) - set(half))
    return {*half, *rng.sample(others, min(len(others), count - len(half)))}


def look(
    happened: Sequence[Call | Said],
    places: set[int],
    rng: random.Random,
    deaf: Sequence[str] = (),
    torn: int = 1,
) -> Found:
    """Cut after each of these places: with nothing left that wasn't synced, and `torn` times with some."""
    disk, oracle, found = Disk(deaf), Oracle(), Found()
    for number, thing in enumerate(happened):
        if isinstance(thing, Said):
            oracle.learn(thing.what)
        else:
            disk.take(thing)
        if number in places:
            found.cuts += 1
            for variant in [None, *(rng for _ in range(torn))]:
                with scratch() as name:
                    disk.cut(Path(name), variant)
                    where = f"line {thing.line}, {'lost' if variant is None else 'torn'}"
                    found.add(where, oracle.complaints(Path(name)))
    found.acknowledged = sum(ranges.count for ranges in oracle.rows.values())
    return found


def scratch() -> tempfile.TemporaryDirectory[str]:
    """In memory where there is such a place: thousands of journals are opened."""
    memory = Path("/dev/shm")  # noqa: S108
    return tempfile.TemporaryDirectory(prefix="haulwatch-", dir=memory if memory.is_dir() else None)


def prove(count: int, seed: int) -> dict[str, object]:
    """So many cuts of one run, each with three images; what was found, and whether the proof can fail."""
    rng = random.Random(seed)
    with scratch() as name:
        whole = script(Path(name))
    with scratch() as name:
        normal = script(Path(name), "--normal")
    if whole.code or normal.code:
        raise RuntimeError(whole.errors + normal.errors)
    found = look(whole.happened, chosen(whole.happened, count, rng), rng, torn=2)
    few = chosen(normal.happened, 60, rng)
    without = look(normal.happened, few, rng)
    deaf = look(whole.happened, chosen(whole.happened, 60, rng), rng, deaf=("-wal",))
    return msgspec.structs.asdict(found) | {
        "lost_with_normal": f"{without.lost} of {without.images}",
        "lost_without_syncs": f"{deaf.lost} of {deaf.images}",
        "bad": found.bad + (not without.lost) + (not deaf.lost),
    }
