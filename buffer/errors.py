"""Errors of the journal.

    JournalError
    ├── JournalMissing   there is no journal at this path
    ├── JournalFull      the disk or the budget is full; pending records are kept in memory and tried again
    └── JournalDamaged   the file is not a readable journal of a known version
        └── JournalNewer a newer version wrote it; it is left as it is

Each says what is wrong, where, and what to do about it.
"""


class JournalError(Exception):
    """Base of the tree above; `what`, `where` and `remedy` are one phrase each."""

    def __init__(self, what: str, *, where: str, remedy: str) -> None:
        super().__init__(what, where, remedy)
        self.what, self.where, self.remedy = what, where, remedy

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.remedy}"


class JournalMissing(JournalError):  # noqa: N818 - reads as what happened
    """There is no journal at this path."""


class JournalFull(JournalError):  # noqa: N818
    """The disk or the budget is full."""


class JournalDamaged(JournalError):  # noqa: N818
    """The file is not a readable journal of a known version."""


class JournalNewer(JournalDamaged):
    """A newer version wrote the file; it is left as it is."""
