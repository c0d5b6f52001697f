"""Observations and effects of the unit itself: its last position, its rest, and what it says in the cab."""

from typing import Literal

import msgspec

Hook = Literal["sound", "command", "file", "gpio"]


class LastFix(msgspec.Struct, frozen=True):
    """The newest journalled fix of a boot: degrees WGS-84, m/s; `fit` for decisions or not.

    For `quiet_s` after it that boot recorded other things and no fix any more.
    """

    boot: str
    mono_ns: int
    lat: float | None
    lon: float | None
    speed: float | None
    hdop: float | None
    fit: bool
    quiet_s: float


class WarningDelivered(msgspec.Struct, frozen=True):
    """What became of a warning at one hook, `seconds` after it was begun; `reason` says why it failed."""

    mono_ns: int
    kind: str
    subject: str
    hook: Hook
    ok: bool
    seconds: float
    reason: str | None = None


class Warn(msgspec.Struct, frozen=True):
    """Warn the driver of a violation of `kind`, which is reported as `subject` after `grace_s`."""

    kind: str
    subject: str
    grace_s: float


class Rest(msgspec.Struct, frozen=True):
    """The unit falls asleep or wakes up: platforms are told so."""

    asleep: bool


class Halt(msgspec.Struct, frozen=True):
    """Stop the agent in order; `cause` is what it waits for at its next start."""

    cause: Literal["ignition", "supply"]
    reason: str
