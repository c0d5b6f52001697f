"""A record of the stream `media` on its way, and the files that follow it."""

from agent.uplink.media.plan import Sheet, is_grave
from buffer.ranges import RangeSet
from buffer.records import Record


class Sending:
    """One file: `done` chunks counted from 1, those `flying` by index; `fault` says why it never arrives.

    A fault was told at `told_ns`, and is `on_record` when the journal has it.
    """

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.done = RangeSet()
        self.flying: set[int] = set()
        self.fault: str | None = None
        self.told_ns: int | None = None
        self.on_record = False

    def next(self, size: int) -> int | None:
        """The index of the first chunk that neither arrived nor is on its way."""
        for lo, hi in self.done.missing(1, self.sheet.chunks(size)):
            for index in range(lo - 1, hi):
                if index not in self.flying:
                    return index
        return None

    def is_over(self, size: int) -> bool:
        """Whether nothing of it is to be sent or said any more."""
        return self.on_record if self.fault else self.done.count >= self.sheet.chunks(size)


class Job:
    """A record with its files; `wish` is the SHA-256 that was asked for, None: the record is due by itself.

    `size` of its chunks once `begun`; `told`: the platform has the manifest.
    """

    def __init__(self, number: int, record: Record, files: list[Sending], wish: str | None) -> None:
        self.number, self.record, self.files, self.wish = number, record, files, wish
        self.grave = is_grave(record)
        self.size = 1
        self.begun = self.told = False

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """Its place: what was asked for, then violations, then the oldest."""
        return self.wish is None, not self.grave, self.record.seq

    @property
    def untold(self) -> list[Sending]:
        """Files with a fault that is not on record yet."""
        return [file for file in self.files if file.fault and not file.on_record]

    @property
    def is_over(self) -> bool:
        """Whether its manifest may be settled."""
        return self.told and all(file.is_over(self.size) for file in self.files)
