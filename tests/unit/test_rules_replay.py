"""A recorded trip through the same rules gives the same event bodies, byte for byte.

Also when the state is written and read back, or copied, between any two observations, as a restart does.
"""

import pickle
import random
from collections.abc import Callable

import msgspec

from agent.model import CommandRefused, Emit, LoadReading, Probabilities, Smoothing, Track
from agent.records import entry
from agent.rules.state import State
from agent.rules.step import step
from drivers.clock import Stamp
from drivers.readings import CameraFault, CameraHealth

LOADING = (0.001, 0.001)
ROAD = (0.1, 0.1)
LEGS = (  # what the bed shows, m/s, where, s
    ("empty", 0.0, LOADING, 40),
    ("uncovered", 0.0, LOADING, 60),
    ("covered", 0.0, LOADING, 40),
    ("covered", 12.0, ROAD, 60),
    ("partly", 12.0, ROAD, 50),
    ("uncovered", 12.0, ROAD, 70),
    (None, 12.0, ROAD, 30),
    ("covered", 12.0, ROAD, 60),
    ("empty", 0.0, ROAD, 60),
)


def picture(rng: random.Random, state: str) -> Probabilities:
    """A noisy frame of a state."""
    weights = {c: rng.random() for c in ("empty", "covered", "partly", "uncovered")}
    weights[state] += 8 + 8 * rng.random()
    total = sum(weights.values())
    return Probabilities(**{c: w / total for c, w in weights.items()})


class Recorder:
    """A trip told to a timeline, observation by observation."""

    def __init__(self, timeline, seed: int):
        self.observations = []
        recorder = self

        class Recording(timeline):
            def feed(self, seen):
                recorder.observations.append(seen)
                super().feed(seen)

        self.t = Recording(smoothing=Smoothing(smoothing_s=3.0), body_cameras=("bed", "tail"))
        self.rng = random.Random(seed)
        for number, leg in enumerate(LEGS):
            self._leg(*leg)
            self._incident(number)

    def _leg(self, state, speed, at, seconds):
        for _ in range(seconds * 2):
            self.t.at += 0.5
            if self.t.at % 1 == 0:
                self.t.fix(speed, at)
            for camera in ("bed", "tail"):
                self._look(camera, state)

    def _look(self, camera, state):
        p = None if state is None or self.rng.random() < 0.05 else picture(self.rng, state)
        word = "unknown" if p is None else state
        number = round(self.t.at * 2)
        for shadow in (False, True):
            model = "m2" if shadow else "m1"
            reading = LoadReading(
                self.t.now, camera, word, p, p is not None, None, model, number, shadow=shadow
            )
            self.t.feed(reading)

    def _incident(self, number):
        """Between two legs: a start of the agent, other settings, a fault, a boot."""
        t = self.t
        if number == 2:
            t.start(first=False, new_boot=False, last_mono_ns=t.now)
        if number == 4:
            other = msgspec.structs.replace(t.settings.smoothing, confidence=0.75)
            t.settings = msgspec.structs.replace(t.settings, hash="h2", smoothing=other, mono_ns=t.now)
            t.feed(t.settings)
        if number == 5:
            t.feed(CameraHealth(t.now, "tail", "body", True, faults=(CameraFault("dirty", t.now, "x"),)))
        if number == 6:
            t.feed(CommandRefused(t.now, "city", "unsigned", "snapshot", "c-1"))
            t.feed(CommandRefused(t.now, "city", "unsigned", "snapshot", "c-2"))
        if number == 7:
            t.start(first=False, new_boot=True)


def bodies(observations, between: Callable[[State], State] = lambda state: state) -> list[bytes]:
    """The records of a replay, as they would lie in the journal."""
    state, records = State(), []
    for seen in observations:
        state, effects = step(between(state), seen)
        for effect in effects:
            if isinstance(effect, Emit | Track):
                made = entry(effect, Stamp("b00t", seen.mono_ns, None, "unsynced"))
                records.append(f"{made.stream} {made.type} {made.subject} ".encode() + made.payload)
    return records


def test_the_same_observations_give_the_same_bodies(timeline):
    trip = Recorder(timeline, 1)
    told = bodies(trip.observations)
    kinds = {record.split()[1].decode() for record in told}
    assert {"load.changed", "uncovered_load.started", "uncovered_load.ended", "load.shadow"} <= kinds
    assert {"partly_covered.started", "partly_covered.ended", "command.refused"} <= kinds
    assert bodies(trip.observations) == told
    decoder = msgspec.msgpack.Decoder(State)
    assert bodies(trip.observations, lambda s: decoder.decode(msgspec.msgpack.encode(s))) == told
    assert bodies(trip.observations, lambda s: pickle.loads(pickle.dumps(s))) == told  # noqa: S301


def test_observations_that_were_written_are_the_same(timeline):
    trip = Recorder(timeline, 3)
    told = bodies(trip.observations)
    wires = [(type(seen), msgspec.msgpack.encode(seen)) for seen in trip.observations]
    assert bodies([msgspec.msgpack.decode(raw, type=kind) for kind, raw in wires]) == told


def test_a_trip_is_told_as_it_was(timeline):
    trip = Recorder(timeline, 4)
    changes = [e.data["kind"] for e in trip.t.emitted("load.changed")]
    assert changes == [
        "first_seen", "became_loaded", "cover_closed", "cover_opened", "cover_opened", "cover_closed",
        "first_seen",
    ]  # fmt: skip
    episodes = trip.t.emitted("uncovered_load.started", "uncovered_load.ended")
    assert [e.type.rpartition(".")[2] for e in episodes] == ["started", "ended"]
