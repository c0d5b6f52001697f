"""The journal's file: is it whole, who writes it, and how often did the unit end without a good-bye?"""

from contextlib import closing
from pathlib import Path

import msgspec

from buffer.aside import beside
from buffer.errors import JournalError, JournalMissing
from buffer.inspection import problems
from buffer.reading import Reading
from buffer.recovery import size_of

_DAY_NS = 86_400_000_000_000
_LARGE = 64_000_000  # bytes; a card needs seconds for as many, and the whole self-test has fifteen
_BIRTHS = (
    "SELECT payload FROM record WHERE stream = 'life' AND type = 'birth' AND utc_ns > ? ORDER BY seq DESC"
    " LIMIT 100"
)


class JournalSeen(msgspec.Struct, frozen=True):
    """`there` at all; what is wrong with it; `cuts`: unclean ends within a day; sizes in bytes."""

    there: bool
    problems: tuple[str, ...] = ()
    cuts: int = 0
    bytes: int = 0
    reserve: bool = True
    aside: tuple[str, ...] = ()


class _Birth(msgspec.Struct):
    clean: bool = True


def look(path: Path, utc_ns: int | None) -> JournalSeen:
    """Look at the file, beside a daemon that writes it."""
    aside = tuple(sorted(f.name for f in path.parent.glob(f"{path.name}.*-[0-9]")))
    if not path.exists():
        return JournalSeen(there=False, aside=aside)
    wrong, cuts = _problems(path), 0
    if not wrong and utc_ns is not None:
        cuts = _cuts(path, utc_ns - _DAY_NS)
    reserve = beside(path, ".reserve").exists()
    return JournalSeen(
        there=True, problems=wrong, cuts=cuts, bytes=size_of(path), reserve=reserve, aside=aside
    )


def _problems(path: Path) -> tuple[str, ...]:
    try:
        return tuple(problems(path, whole=path.stat().st_size < _LARGE))
    except JournalMissing:
        return ()
    except JournalError as e:
        return (e.what,)


def _cuts(path: Path, since_ns: int) -> int:
    try:
        with closing(Reading(path)) as reading:
            births = [msgspec.json.decode(row[0], type=_Birth) for row in reading.ask(_BIRTHS, since_ns)]
    except (JournalError, msgspec.MsgspecError):
        return 0  # what is wrong with it has been said
    return sum(not birth.clean for birth in births)


def writer(path: Path, locks: str) -> int | None:
    """The pid that writes the journal, by /proc/locks; None when nobody does, or it cannot be told."""
    try:
        inode = str(beside(path, ".lock").stat().st_ino)
    except OSError:
        return None
    for line in locks.splitlines():
        words = line.split()
        if len(words) > 5 and words[1] == "FLOCK" and words[5].rpartition(":")[2] == inode:
            return int(words[4])
    return None
