"""What is observed of a commissioning: its steps, what came of each, and the sheet. Pure."""

from typing import Literal

import msgspec

StepName = Literal[
    "identity",
    "receiver",
    "sky",
    "cameras",
    "roi",
    "teaching",
    "switches",
    "papers",
    "platform",
    "evidence",
]
StepResult = Literal["ok", "warn", "fail", "skipped", "undone"]
"""Well; something to look after; something to repair; left out by a person; not done, as it needs one."""


class StepDone(msgspec.Struct, frozen=True):
    """One step; `reason` why it was left out."""

    step: StepName
    result: StepResult
    reason: str | None = None


class SheetFile(msgspec.Struct, frozen=True):
    """The sheet by its content: SHA-256 (hex) of the file and its size in bytes."""

    sha256: str
    bytes: int


class Commissioned(msgspec.Struct, frozen=True):
    """The unit was commissioned by `by` (an account of the unit); the key `kid` signed the sheet.

    `complete`: every step was done, and none failed.
    """

    mono_ns: int
    subject: str
    by: str
    kid: str
    complete: bool
    sheet: SheetFile
    steps: tuple[StepDone, ...]
