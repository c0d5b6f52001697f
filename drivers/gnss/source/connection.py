"""What the receiver worker needs of any source once it is open, and the opening of it."""

from typing import Protocol, Self

from drivers.clock import Clock
from drivers.gnss.source.address import Gpsd, Source, Tty
from drivers.gnss.source.gpsd import GpsdConnection
from drivers.gnss.source.port import Port
from drivers.gnss.source.recording import RecordingConnection


class Connection(Protocol):
    """An open source of a receiver's bytes; a context manager that closes it."""

    name: str
    """The path or address under which it was opened."""

    quiet_ends_epoch: bool
    """Whether a pause in the bytes tells that an epoch is complete."""

    def read(self) -> bytes:
        """What has come; nothing after 0.3 s of quiet. Raises DeviceLost, or SourceEnded for good."""
        ...

    def moved(self) -> bool:
        """Whether the source's name leads to another device by now."""
        ...

    def silence(self) -> str:
        """The phrase for hearing nothing."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...


def connect(source: Source, baud: int, clock: Clock) -> Connection:
    """Open a source (`baud` counts for a tty only); raises DeviceMissing, DeviceBusy or DeviceLost."""
    if isinstance(source, Tty):
        return Port.open(source.path, baud)
    if isinstance(source, Gpsd):
        return GpsdConnection.open(source, clock)
    return RecordingConnection.open(source, clock)
