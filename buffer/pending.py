"""What waits for the next commit, bounded so that a full disk cannot fill the memory too."""

from collections import deque
from collections.abc import Sequence

import msgspec

from buffer.command import Kept
from buffer.records import Entry

LIMIT = 20_000  # entries, about 10 MB
_TRANSACTION = 1000  # entries; more than that wait for the next one, so that a commit stays short
_EXPENDABLE = ("track", "media", "health")  # in the order in which they are given up


class Group(msgspec.Struct, frozen=True):
    """What one call handed in; it is committed as a whole."""

    entries: Sequence[Entry]
    snapshot: bytes | None
    commands: Sequence[Kept] = ()


class Batch(msgspec.Struct, frozen=True):
    """The groups of one transaction, in their order."""

    groups: list[Group]

    @property
    def entries(self) -> list[Entry]:
        """All entries."""
        return [entry for group in self.groups for entry in group.entries]

    @property
    def snapshot(self) -> bytes | None:
        """The newest snapshot."""
        return next((group.snapshot for group in reversed(self.groups) if group.snapshot is not None), None)

    @property
    def commands(self) -> list[Kept]:
        """All commands, in their order."""
        return [kept for group in self.groups for kept in group.commands]

    def __bool__(self) -> bool:
        return bool(self.groups)


class Pending:
    """Groups that are not on disk yet. The journal guards it with a lock."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._groups: deque[Group] = deque()
        self._count = 0
        self.dropped = 0

    def add(self, entries: Sequence[Entry], snapshot: bytes | None, commands: Sequence[Kept] = ()) -> None:
        """Queue behind what waits."""
        if entries or snapshot is not None or commands:
            self._groups.append(Group(tuple(entries), snapshot, commands))
            self._count += len(entries)
            self._shed()

    def take(self) -> Batch:
        """The next transaction's groups, which then wait no more; `put_back` them if the commit fails."""
        taken: list[Group] = []
        count = 0
        while self._groups and (not taken or count + len(self._groups[0].entries) <= _TRANSACTION):
            taken.append(self._groups.popleft())
            count += len(taken[-1].entries)
        self._count -= count
        return Batch(taken)

    def put_back(self, batch: Batch) -> None:
        """Queue a batch before what waits."""
        self._groups.extendleft(reversed(batch.groups))
        self._count += len(batch.entries)
        self._shed()

    def __len__(self) -> int:
        return self._count

    def __bool__(self) -> bool:
        return bool(self._groups)

    def _shed(self) -> None:
        """Beyond the limit the oldest track goes first, then media and health; nothing else ever does."""
        for stream in _EXPENDABLE:
            if self._count <= self._limit:
                return
            self._give_up(stream, self._count - self._limit + self._limit // 20)

    def _give_up(self, stream: str, excess: int) -> None:
        """Drop up to `excess` of the oldest entries of a stream; a twentieth more than needed, so seldom."""
        kept: deque[Group] = deque()
        for group in self._groups:
            entries = []
            for entry in group.entries:
                if entry.stream == stream and excess > 0:
                    excess -= 1
                    self.dropped += 1
                    self._count -= 1
                else:
                    entries.append(entry)
            if entries or group.snapshot is not None or group.commands:
                kept.append(Group(entries, group.snapshot, group.commands))
        self._groups = kept
