"""What Linux says of the machine, in the files of /proc, /sys, /run and /var; another `root` for tests."""

from collections.abc import Iterator
from pathlib import Path

import msgspec


class Machine(msgspec.Struct, frozen=True):
    """The files below `root`."""

    root: Path = Path("/")

    def text(self, name: str) -> str | None:
        """A file's content; None when it cannot be had."""
        try:
            return (self.root / name).read_text(errors="replace").strip()
        except OSError:
            return None

    def number(self, name: str) -> int | None:
        """The first number in a file, decimal or 0x…; None when there is none."""
        words = (self.text(name) or "").split()
        try:
            return int(words[0], 0) if words else None
        except ValueError:
            return None

    def numbers(self, pattern: str) -> dict[str, int]:
        """The first number of each file that matches, by its path below the root."""
        found = {name: self.number(name) for name in self.names(pattern)}
        return {name: value for name, value in found.items() if value is not None}

    def names(self, pattern: str) -> list[str]:
        """The paths below the root that match."""
        return sorted(str(path.relative_to(self.root)) for path in self._glob(pattern))

    def table(self, name: str) -> dict[str, int]:
        """`Name: 123 kB` or `name 123` per line, as in /proc/meminfo and /proc/vmstat."""
        rows = (line.replace(":", " ").split() for line in (self.text(name) or "").splitlines())
        return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdecimal()}

    def _glob(self, pattern: str) -> Iterator[Path]:
        try:
            yield from self.root.glob(pattern)
        except OSError:
            return
