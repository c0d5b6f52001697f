"""Errors of the hardware side.

    DriverError
    ├── DeviceMissing    the device is not there (unplugged, wrong path, wrong address)
    ├── DeviceBusy       another process holds it
    ├── DeviceLost       it was there and went away, or stopped answering
    ├── SourceEnded      a recording came to its end; it won't come back
    └── ProfileError     a profile file is unreadable, unknown or wrong

Each says what is wrong, where, and what to do about it.
"""


class DriverError(Exception):
    """Base of the tree above; `what`, `where` and `remedy` are one phrase each."""

    def __init__(self, what: str, *, where: str, remedy: str) -> None:
        super().__init__(what, where, remedy)
        self.what, self.where, self.remedy = what, where, remedy

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.remedy}"


class DeviceMissing(DriverError):  # noqa: N818 - reads as what happened
    """The device is not there."""


class DeviceBusy(DriverError):  # noqa: N818
    """Another process holds the device."""


class DeviceLost(DriverError):  # noqa: N818
    """The device was there and went away."""


class SourceEnded(DriverError):  # noqa: N818
    """A recording came to its end; trying again would begin it anew."""


class ProfileError(DriverError):
    """A profile file is unreadable, unknown or wrong."""
