"""A model on trial: its word is compared with the deciding model's on the same frames, and decides nothing.

A record per camera each `health_every_s` says how often the two agreed, and one frame on which they did not.
"""

from typing import Any

import msgspec

from agent.model import Effect, Emit, LoadReading, Observation, Settings
from agent.rules.motion import SECOND, microseconds
from agent.rules.smoothing import sound
from agent.rules.trail import chances

change = msgspec.structs.replace


class Trial(msgspec.Struct, frozen=True):
    """One camera's comparison since `since_ns`: `words` counts frames by "deciding/shadow" word."""

    since_ns: int
    deciding: LoadReading | None = None
    shadow: LoadReading | None = None
    words: dict[str, int] = {}
    example: tuple[LoadReading, LoadReading] | None = None


Trials = dict[str, Trial]


def advance(trials: Trials, settings: Settings, seen: Observation) -> tuple[Trials, list[Effect]]:
    """Take a reading of either model; nothing is kept of a camera before its first shadow reading."""
    if not isinstance(seen, LoadReading) or seen.camera not in settings.body_cameras:
        return trials, []
    trial = trials.get(seen.camera)
    if trial is None and not seen.shadow:
        return trials, []
    trial = _compare(trial or Trial(seen.mono_ns), seen)
    if seen.mono_ns - trial.since_ns < settings.health_every_s * SECOND:
        return trials | {seen.camera: trial}, []
    report = Emit("health", "load.shadow", f"camera:{seen.camera}", _shown(trial))
    over = trial.shadow is None or seen.mono_ns - trial.shadow.mono_ns > settings.health_every_s * SECOND
    if over:  # the trial has ended
        return {name: other for name, other in trials.items() if name != seen.camera}, [report]
    return trials | {seen.camera: change(trial, since_ns=seen.mono_ns, words={}, example=None)}, [report]


def _compare(trial: Trial, seen: LoadReading) -> Trial:
    """Pair the two models' readings of one frame, whichever comes first."""
    trial = change(trial, shadow=seen) if seen.shadow else change(trial, deciding=seen)
    deciding, shadow = trial.deciding, trial.shadow
    if deciding is None or shadow is None or deciding.frame != shadow.frame:
        return trial
    pair = f"{deciding.state}/{shadow.state}"
    differs = deciding.state != shadow.state
    return change(
        trial,
        words=trial.words | {pair: trial.words.get(pair, 0) + 1},
        example=(deciding, shadow) if differs else trial.example,
    )


def _shown(trial: Trial) -> dict[str, Any]:
    frames = sum(trial.words.values())
    agreed = sum(count for pair, count in trial.words.items() if len(set(pair.split("/"))) == 1)
    return {
        "since_us": microseconds(trial.since_ns),
        "model": None if trial.deciding is None else trial.deciding.model,
        "shadow": None if trial.shadow is None else trial.shadow.model,
        "frames": frames,
        "agreed": agreed,
        "words": dict(sorted(trial.words.items())),
        "example": None if trial.example is None else [_reading(reading) for reading in trial.example],
    }


def _reading(reading: LoadReading) -> dict[str, Any]:
    return {
        "model": reading.model,
        "teaching": reading.teaching,
        "frame": reading.frame,
        "at_us": microseconds(reading.mono_ns),
        "state": reading.state,
        "p": chances(reading.p) if reading.p is not None and sound(reading.p) else None,
        "reason": reading.reason,
    }
