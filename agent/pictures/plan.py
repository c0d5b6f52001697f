"""Which pictures go, and why. Pure: it sees files, days, the time and a need, and returns decisions.

First what is older than its days; then, while room is needed, pictures without an event, those of the cab,
untouched pictures with an event, their copies, and last of all those that are evidence of an accusation; the
oldest first. What an open episode needs never goes. A picture that was taken before the clock was set has
days from when it was first good.
"""

from collections.abc import Collection, Iterable

import msgspec

from agent.pictures.files import Stored, Why

DAY_NS = 86_400_000_000_000


class Days(msgspec.Struct, frozen=True):
    """How long each class stays."""

    original: float
    overlay: float
    cab: float
    snapshot: float

    @property
    def longest(self) -> float:
        """For so long a picture may lie here."""
        return max(self.original, self.overlay, self.cab, self.snapshot)

    def of(self, picture: Stored) -> float:
        """The days of one picture."""
        if picture.group == "cab":
            return self.cab
        if picture.group == "snapshot":
            return self.snapshot
        return self.original if picture.kind == "original" else self.overlay


class Drop(msgspec.Struct, frozen=True):
    """A picture that goes."""

    picture: Stored
    why: Why


def undated(pictures: Iterable[Stored], not_before_ns: int) -> list[Stored]:
    """Those whose time is that of an unset clock."""
    return [p for p in pictures if p.utc_ns < not_before_ns]


def plan(
    pictures: Collection[Stored],
    days: Days,
    utc_ns: int | None,
    need_bytes: int,
    needed: Collection[str],
    evidence: Collection[str] = (),
) -> list[Drop]:
    """What goes now, in order; `needed` are the folders of open episodes, `evidence` the hashes of evidence.

    Without `utc_ns` nothing is old; `need_bytes` are freed as far as what may go allows.
    """
    free = [p for p in pictures if p.subject not in needed]
    aged = [p for p in free if utc_ns is not None and utc_ns - p.utc_ns > days.of(p) * DAY_NS]
    drops = [Drop(p, "aged") for p in sorted(aged, key=lambda p: (p.utc_ns, p.path))]
    need = need_bytes - sum(p.bytes for p in aged)
    gone = {p.path for p in aged}
    left = [p for p in free if p.path not in gone]
    for picture in sorted(left, key=lambda p: (p.sha256 in evidence, *_order(p))):
        if need <= 0:
            break
        drops.append(Drop(picture, "room"))
        need -= picture.bytes
    return drops


def _order(picture: Stored) -> tuple[int, int, str]:
    rank = {"snapshot": 0, "cab": 1, "event": 2 if picture.kind == "original" else 3}[picture.group]
    return rank, picture.utc_ns, str(picture.path)
