"""A film through the agent's own code: its frames are judged, the rules get what comes of it, and fixes."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from agent.config import Camera, Config, Gnss, Unit
from agent.config_vision import Vision
from agent.model import Effect, Emit, LoadReading, LoadState, Restarted, Sampling, Settings, Tick
from agent.rules.state import State
from agent.rules.step import step
from agent.settings import rule_settings
from agent.vision.condition.condition import Condition
from agent.vision.judge import Judge
from drivers.camera.frame import Frame
from drivers.camera.jpeg import Image
from drivers.clock import SystemClock
from drivers.readings import CameraHealth, Fix
from drivers.sim.film.film import Film
from drivers.sim.film.script import Truth
from haul.coded import BEFORE_S, recoded

SECOND = 1_000_000_000
CAMERA = "bed"
_SIZE = (640, 480)
_DEGREE_M = 111_195.0
_START = datetime(2026, 12, 1, 6, tzinfo=UTC).timestamp()


class Look(msgspec.Struct, frozen=True):
    """One frame judged: what is true, the model's word on it, the smoothed state then, the camera's fault."""

    truth: Truth
    state: LoadState
    usable: bool
    smoothed: LoadState
    fault: str | None = None


class Told(msgspec.Struct, frozen=True):
    """An event of the rules: its type and s of the film."""

    at_s: float
    type: str


def settings(film: Film, fps: float) -> Settings:
    """What the rules get of a configuration that says nothing but what it must, and the pace."""
    camera = Camera(name=CAMERA, role="body", source="film", roi=film.roi)
    config = Config(Unit("bench", "truck"), Gnss("none"), (camera,), vision=Vision(fps_moving=fps))
    return msgspec.structs.replace(rule_settings(config, SystemClock(0)), mono_ns=0, boot="bench", graces={})


class Ride:
    """One film, played as fast as it goes."""

    def __init__(self, film: Film, judge: Judge, fps: float, *, h264: bool) -> None:
        self._film, self._judge, self.settings, self._h264 = film, judge, settings(film, fps), h264
        self._condition = Condition(film.roi)
        self._state = State()
        self._period_s = 1 / fps
        self._told: list[Told] = []
        self._way_m = 0.0

    def play(self) -> Iterator[Look | Told]:
        """All that is seen and told, in order."""
        self._take(0.0, Restarted(0, "bench", first=True, new_boot=True, clean=True))
        self._take(0.0, self.settings)
        due = 0.3
        for second in range(int(self._film.duration_s)):
            self._take(second, self._fix(second))
            self._take(second, self._health(second))
            self._take(second, Tick(second * SECOND))
            while due < second + 1:
                yield self._look(due)
                due += self._period_s
            yield from self._told
            self._told = []

    def _look(self, t_s: float) -> Look:
        film, frame = self._film, round(t_s * 1000)
        picture, now = self._picture(t_s), round(t_s * SECOND)
        seen = self._judge.judge(CAMERA, picture, film.roi)
        self._condition.look(Frame(picture, frame, now))
        reading = LoadReading(
            now, CAMERA, seen.state, seen.p, seen.usable, seen.reason, self._judge.model, frame, seen.teaching
        )
        self._take(t_s, reading)
        fault = self._state.load.faulty.get(CAMERA)
        return Look(film.truth(t_s), seen.state, seen.usable, self._state.load.state, fault)

    def _picture(self, t_s: float) -> Image:
        if not self._h264:
            return self._film.frame(t_s, _SIZE)
        return recoded([self._film.frame(t_s - before, _SIZE) for before in BEFORE_S])

    def _health(self, second: int) -> CameraHealth:
        return CameraHealth(
            second * SECOND,
            CAMERA,
            "body",
            connected=True,
            fps=25.0,
            faults=self._condition.faults(),
            unchanged_s=self._condition.unchanged_s,
        )

    def _fix(self, second: int) -> Fix:
        speed = self._film.truth(second).speed_mps
        self._way_m += speed
        return Fix(
            mono_ns=second * SECOND,
            mode="3d",
            utc=datetime.fromtimestamp(_START + second, UTC),
            date_origin="read",
            lat=31.0 + self._way_m / _DEGREE_M,
            lon=121.0,
            speed=speed,
            course=0.0,
            satellites=14,
            hdop=0.9,
        )

    def _take(self, t_s: float, seen: object) -> None:
        self._state, effects = step(self._state, seen)
        for effect in effects:
            self._act(t_s, effect)

    def _act(self, t_s: float, effect: Effect) -> None:
        if isinstance(effect, Sampling) and effect.fps:
            self._period_s = 1 / effect.fps
        elif isinstance(effect, Emit) and effect.stream == "event":
            self._told.append(Told(t_s, effect.type))
