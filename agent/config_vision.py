"""`[vision]` of the configuration: the load model and what it is taught."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from agent.vision.condition.limits import Thresholds as CameraConditions

Positive = Annotated[float, Meta(gt=0, le=1e6)]


class Vision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The load model and its pace, frames judged per second and camera.

    `references` holds the pictures taken at commissioning, `teaching` those confirmed by a technician;
    `shadow` is the manifest of a model on trial, which judges each `shadow_every`-th frame and decides
    nothing; `health`: when a camera has a fault.
    """

    model: Path | None = None
    runtime: Literal["opencv", "onnxruntime"] = "opencv"
    teaching: Path = Path("/var/lib/haulwatch/teaching")
    shadow: Path | None = None
    shadow_every: Annotated[int, Meta(ge=1, le=1000)] = 1
    fps_moving: Positive = 1.0
    fps_parked: Positive = 0.2
    references: Path = Path("/var/lib/haulwatch/references")
    health: CameraConditions = CameraConditions()
