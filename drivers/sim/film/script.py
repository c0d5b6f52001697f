"""What happens in a film, and so the truth of it: stretches of time, one after the other, as TOML.

truck = "t901"              # whose plates; "" takes one by the seed

[[stretches]]
duration_s = 120
state = "covered"           # what it ends up as; from another state it takes change_s
light = "sun"
speed_mps = 12.0
weather = "rain"

[[faults]]
kind = "dirty"
begin_s = 60
duration_s = 20
"""

from itertools import accumulate
from pathlib import Path
from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta

from drivers.errors import ProfileError
from drivers.readings import CameraFaultKind

State = Literal["empty", "covered", "partly", "uncovered"]
Weather = Literal["clear", "rain", "fog", "snow", "dust"]
Passing = Literal["open", "trees", "bridges", "lamps", "traffic"]
Share = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0, le=1e6)]
PARTLY, UNCOVERED = 0.05, 0.3  # exposed shares of the opening at which these states begin
_FADE_S = 20.0  # from one light to the next


class Stretch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stretch of time; `state` (or, for a load, its `exposed` share 0..1) is reached after `change_s`.

    `speed_mps` m/s; `strength` 0..1 of the weather; `mud` 0..1 is the share of splashes on the lens that are
    there at the end; `passing` what throws its shadow or its light on the bed while the truck moves.
    """

    duration_s: Annotated[float, Meta(gt=0, le=1e6)]
    state: State
    exposed: Share | None = None
    light: str = "sun"
    speed_mps: Annotated[float, Meta(ge=0, le=50)] = 0.0
    change_s: Seconds = 40.0
    weather: Weather = "clear"
    strength: Share = 0.5
    mud: Share = 0.0
    passing: Passing = "open"


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The camera itself fails in this way from `begin_s` (s of the film) on; `strength` 0..1."""

    kind: CameraFaultKind
    begin_s: Seconds
    duration_s: Seconds
    strength: Share = 0.7


class Lens(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The camera: 1 is usual for `shake`, `noise` and `sway` (of the exposure).

    `jpeg` is the quality 1..100 at which each frame is coded and decoded again, 0: not at all.
    """

    shake: Annotated[float, Meta(ge=0, le=10)] = 1.0
    noise: Annotated[float, Meta(ge=0, le=10)] = 1.0
    sway: Annotated[float, Meta(ge=0, le=10)] = 1.0
    jpeg: Annotated[int, Meta(ge=0, le=100)] = 70


class Truth(msgspec.Struct, frozen=True):
    """What is really to be seen at `t_s` of the film; `exposed` is the open share of the bed, None if empty.

    `settled` is False while the load or its cover changes; `state` is then that of the share at the moment.
    """

    t_s: float
    truck: str
    state: State
    exposed: float | None
    moving: bool
    speed_mps: float
    light: str
    weather: Weather
    fault: CameraFaultKind | None
    settled: bool


class Bed(msgspec.Struct, frozen=True):
    """What lies in the bed: a load with this share exposed, or none; None: as on the plate of `state`."""

    state: State
    exposed: float | None = None


class Scene(msgspec.Struct, frozen=True):
    """A moment as it is to be drawn: from `before` to `after` by `share` 0..1, lights likewise.

    `driven_m` is the way so far, `mud` what is on the lens, `since_s` how long the stretch has lasted.
    """

    stretch: Stretch
    before: Bed
    after: Bed
    share: float
    light_before: str
    light_share: float
    driven_m: float
    mud: float
    since_s: float
    fault: Fault | None


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole film: one truck, seen by one fixed camera."""

    stretches: Annotated[tuple[Stretch, ...], Meta(min_length=1)]
    truck: str = ""
    lens: Lens = Lens()
    faults: tuple[Fault, ...] = ()

    @classmethod
    def read(cls, text: str) -> Self:
        """From TOML; raises ValueError (msgspec.ValidationError, tomllib's) for anything else."""
        return msgspec.toml.decode(text, type=cls)

    @classmethod
    def load(cls, path: Path) -> Self:
        """From a TOML file; raises ProfileError."""
        try:
            return cls.read(path.read_text())
        except (OSError, ValueError) as e:
            raise ProfileError(str(e), where=str(path), remedy="see docs/simulated-camera.md") from e

    @property
    def duration_s(self) -> float:
        """Of the whole film."""
        return sum(s.duration_s for s in self.stretches)

    @property
    def beds(self) -> frozenset[Bed]:
        """What must be to be seen: between two loads, and for a share that is asked for, closed and open."""
        seen = {_bed(s) for s in self.stretches}
        loads = {b for b in seen if b.state != "empty"}
        if len(loads) > 1 or any(b.exposed is not None for b in loads):
            seen |= {Bed("covered"), Bed("uncovered")}
        return frozenset(seen)

    @property
    def lights(self) -> frozenset[str]:
        """All that occur."""
        return frozenset(s.light for s in self.stretches)

    def scene(self, t_s: float) -> Scene:
        """The moment `t_s`; before the beginning the first, after the end the last."""
        ends = list(accumulate(s.duration_s for s in self.stretches))
        t = min(max(t_s, 0.0), ends[-1] - 1e-6)
        number = next(i for i, end in enumerate(ends) if t < end)
        now, last = self.stretches[number], self.stretches[max(0, number - 1)]
        since = t - (ends[number] - now.duration_s)
        before, after = _bed(last), _bed(now)
        return Scene(
            stretch=now,
            before=before,
            after=after,
            share=1.0 if before == after else _part(since, now.change_s),
            light_before=last.light,
            light_share=1.0 if last.light == now.light else _part(since, _FADE_S),
            driven_m=sum(s.duration_s * s.speed_mps for s in self.stretches[:number]) + since * now.speed_mps,
            mud=(last.mud if number else now.mud) * (1 - since / now.duration_s)
            + now.mud * since / now.duration_s,
            since_s=since,
            fault=next((f for f in self.faults if f.begin_s <= t_s < f.begin_s + f.duration_s), None),
        )


def state_of(exposed: float) -> State:
    """The state of a load of which this share (0..1) of the opening is exposed."""
    if exposed < PARTLY:
        return "covered"
    return "partly" if exposed <= UNCOVERED else "uncovered"


def _bed(stretch: Stretch) -> Bed:
    return Bed(stretch.state, None if stretch.state == "empty" else stretch.exposed)


def _part(since_s: float, whole_s: float) -> float:
    return 1.0 if since_s >= whole_s else since_s / whole_s
