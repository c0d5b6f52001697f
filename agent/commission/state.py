"""What of a commissioning is done, with which result and figures, and what is to be done. Pure.

A step whose inputs (settings, profiles, corners, model, keys) have changed since counts as not done.
"""

from collections.abc import Mapping
from typing import Literal, get_args

import msgspec

from agent.doctor.findings import Finding
from agent.model_commission import StepDone, StepName, StepResult
from drivers.readings import Signal

STEPS: tuple[StepName, ...] = get_args(StepName)
Value = str | int | float | bool | None


class Figure(msgspec.Struct, frozen=True):
    """A figure by its name (words.toml), and the camera, platform or the like that it is `of`."""

    name: str
    value: Value
    of: str = ""


class Shot(msgspec.Struct, frozen=True):
    """A picture for the sheet: of which camera, and what it is to show.

    Until the sheet is made it also lies there as the camera gave it. `concealed`: its faces are, or all that
    is outside of the bed; the latter goes on a sheet only when somebody has looked at it.
    """

    camera: str
    what: str
    sha256: str
    bytes: int
    concealed: Literal["faces", "outside"] = "outside"


class Measured(msgspec.Struct, frozen=True):
    """What the unit found by itself: figures, pictures, satellites, and what is wrong or was not checked."""

    figures: tuple[Figure, ...] = ()
    shots: tuple[Shot, ...] = ()
    sky: tuple[Signal, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def result(self) -> StepResult:
        """The gravest of the findings."""
        levels = {found.level for found in self.findings}
        return "fail" if "fail" in levels else "warn" if "warn" in levels else "ok"

    def shown(self, *, person: bool) -> tuple[Shot, ...]:
        """The pictures that may leave the vehicle, on a sheet."""
        return tuple(shot for shot in self.shots if person or shot.concealed == "faces")

    @property
    def bad(self) -> tuple[Finding, ...]:
        """What is to be repaired or looked after, the former first."""
        return tuple(sorted((f for f in self.findings if f.bad), key=lambda f: f.level != "fail"))

    @property
    def fine(self) -> int:
        """How many checks found nothing."""
        return sum(found.level == "ok" for found in self.findings)


class Done(msgspec.Struct, frozen=True):
    """A step's result, at `time` (RFC 3339, None: the clock was not set) by the clock `clock`.

    `person`: somebody saw that it is so; `reason`: why it was left out; `inputs`: the digest of what it
    rests on.
    """

    result: StepResult
    inputs: str
    time: str | None = None
    clock: str = "unsynced"
    person: bool = False
    reason: str | None = None
    measured: Measured = Measured()


class Run(msgspec.Struct, frozen=True):
    """One commissioning; `sheet` is the SHA-256 of the sheet that was made of exactly this, and published."""

    vehicle: str
    begun: str | None = None
    steps: dict[StepName, Done] = {}
    sheet: str | None = None


def with_step(run: Run, name: StepName, done: Done) -> Run:
    """With one step done (again); a sheet that was made before does not show it."""
    return msgspec.structs.replace(run, steps={**run.steps, name: done}, sheet=None)


def pending(run: Run, inputs: Mapping[StepName, str]) -> tuple[StepName, ...]:
    """The steps that are to be done: never tried, failed, left for a person, or with other inputs by now."""
    return tuple(name for name in STEPS if _is_open(run.steps.get(name), inputs[name]))


def _is_open(done: Done | None, inputs: str) -> bool:
    return done is None or done.result in ("fail", "undone") or done.inputs != inputs


def changed(run: Run, inputs: Mapping[StepName, str]) -> tuple[StepName, ...]:
    """The steps that were done with other inputs than those of now."""
    return tuple(n for n in STEPS if n in run.steps and run.steps[n].inputs != inputs[n])


def complete(run: Run) -> bool:
    """Whether every step was done, and none failed."""
    return all(name in run.steps and run.steps[name].result in ("ok", "warn") for name in STEPS)


def summary(run: Run) -> tuple[StepDone, ...]:
    """Each step with its result."""
    found = ((name, run.steps.get(name)) for name in STEPS)
    return tuple(
        StepDone(name, done.result, done.reason) if done else StepDone(name, "undone") for name, done in found
    )
