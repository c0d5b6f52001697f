"""What a check says: a stable code, a level, what was found, what to do."""

from typing import Literal

import msgspec

Level = Literal["ok", "warn", "fail", "skip"]


class Finding(msgspec.Struct, frozen=True):
    """One line of the self-test; `subject` names the device or sink where there may be several."""

    code: str
    level: Level
    what: str
    do: str = ""
    subject: str = ""


def ok(code: str, what: str, subject: str = "") -> Finding:
    """All is well."""
    return Finding(code, "ok", what, "", subject)


def warn(code: str, what: str, do: str, subject: str = "") -> Finding:
    """It works, but not for long or not well."""
    return Finding(code, "warn", what, do, subject)


def fail(code: str, what: str, do: str, subject: str = "") -> Finding:
    """It does not work."""
    return Finding(code, "fail", what, do, subject)


def skip(code: str, what: str, subject: str = "") -> Finding:
    """It was not checked, and why."""
    return Finding(code, "skip", what, "", subject)
