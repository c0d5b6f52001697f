"""How fast the card wears, as the daemon sees it."""

import os
from pathlib import Path

from agent.cli.status import wear
from agent.wear import Wear


class Clock:
    """A clock that is set by hand; only its boot time is asked for."""

    def __init__(self) -> None:
        self.now = 0

    def mono_ns(self) -> int:
        return self.now


def test_bytes_are_counted_from_the_start_and_a_rate_is_given_after_a_minute() -> None:
    clock = Clock()
    seen = Wear(clock)  # type: ignore[arg-type]
    file = Path.cwd() / f".wear-{os.getpid()}"  # on a disk: a tmpfs counts nothing
    try:
        with file.open("wb") as out:
            out.write(b"x" * 1_000_000)
            os.fsync(out.fileno())
        early = seen.report()
        assert early["bytes_per_hour"] is None
        clock.now = 1800 * 10**9
        later = seen.report()
    finally:
        file.unlink()
    assert later["hours"] == 0.5
    if later["bytes"] is not None:  # a kernel without task accounting says nothing
        assert later["bytes"] >= early["bytes"] >= 0
        assert later["bytes_per_hour"] == 2 * later["bytes"]


def test_the_line_for_people() -> None:
    assert wear({"bytes": 10, "hours": 2.0, "bytes_per_hour": 36_400_000}) == ", 36.4 MB/h written for 2.0 h"
    assert wear({"bytes": None, "hours": 2.0, "bytes_per_hour": None}) == ""
    assert wear(None) == ""
