"""The ten steps in a technician's order: what measures each, and which need a person's eyes or hands."""

from collections.abc import Callable

import msgspec

from agent.commission.bench import Bench
from agent.commission.measure import evidence, identity, papers, pictures, platform, sky, switches
from agent.commission.state import Measured
from agent.model_commission import StepName


class Step(msgspec.Struct, frozen=True):
    """`eyes`: whether somebody has to see that it is so."""

    name: StepName
    measure: Callable[[Bench], Measured]
    eyes: Callable[[Bench], bool] = lambda _: False


def _pictured(bench: Bench) -> bool:
    return bool(pictures.bodies(bench))


def _moving(bench: Bench) -> bool:
    return bool(switches.to_move(bench))


def steps() -> tuple[Step, ...]:
    """All, in order."""
    return (
        Step("identity", identity.measure),
        Step("receiver", sky.receiver),
        Step("sky", sky.sky),
        Step("cameras", pictures.cameras, _pictured),
        Step("roi", pictures.roi, _pictured),
        Step("teaching", pictures.teaching),
        Step("switches", switches.measure, _moving),
        Step("papers", papers.measure),
        Step("platform", platform.measure),
        Step("evidence", evidence.measure),
    )
