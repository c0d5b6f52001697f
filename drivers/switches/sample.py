"""What a contact says at one moment, and what reads it."""

from typing import Protocol

import msgspec

from drivers.readings import SwitchFault


class Sample(msgspec.Struct, frozen=True):
    """What a contact says at one moment: on, off, or a fault and why."""

    on: bool | None
    fault: SwitchFault | None = None
    why: str | None = None


class Reader(Protocol):
    """Reads one contact; nothing that the hardware does is raised."""

    settled: bool
    """Whether what is read is debounced already."""

    def read(self) -> Sample:
        """The contact now."""
        ...

    def fileno(self) -> int | None:
        """What becomes readable when the contact changes, if there is such a thing."""
        ...

    def close(self) -> None:
        """Let go of the hardware."""
        ...


def reason(error: Exception) -> str:
    """What went wrong, without the path."""
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
