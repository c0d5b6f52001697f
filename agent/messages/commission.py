"""What the unit says of its commissioning: the steps in the stream `life`, the sheet in `media`."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from agent.messages.evidence import Kid
from agent.messages.parts import Data, Part, Sha256, Word
from agent.model_commission import StepName, StepResult


class StepDone(Part, frozen=True, kw_only=True):
    """One step: well, to look after (warn), to repair (fail), left out with a `reason`, or not done."""

    step: StepName
    result: StepResult
    reason: str | None


class SheetFile(Part, frozen=True, kw_only=True):
    """The signed sheet by its content."""

    sha256: Sha256
    bytes: Annotated[int, Meta(ge=1)]


class Commissioned(Data, frozen=True, kw_only=True):
    """Somebody (`by`, an account of the unit) commissioned the unit; the key `kid` signed the sheet.

    `complete`: all steps were done and none failed. The sheet follows as `commission.sheet`, same subject.
    """

    by: Word
    kid: Kid
    complete: bool
    sheet: SheetFile
    steps: tuple[StepDone, ...]


class Sheet(Data, frozen=True, kw_only=True):
    """The sheet is on the unit's disk: one HTML file; docs/commission.md says how it is signed."""

    sha256: Sha256
    bytes: Annotated[int, Meta(ge=1)]
    media_type: Literal["text/html"]


def life() -> dict[str, type[msgspec.Struct]]:
    """The types of the stream `life`."""
    return {"unit.commissioned": Commissioned}
