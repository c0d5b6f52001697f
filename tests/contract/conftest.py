"""What contract tests share: brokers, a rig of journal and uplink, and a receiver that is observed."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.config import Sink, Unit
from agent.model import LinkState, PictureUnsent
from agent.platform.subscriber import Platform
from agent.records import entry
from agent.rules.pictures import Pictures
from agent.rules.pictures import advance as tell_of_pictures
from agent.uplink.sink import Uplink
from agent.uplink.status import UplinkStatus
from buffer.journal import Journal
from buffer.records import Entry
from drivers.camera.capture import Capture
from drivers.camera.spec import CameraSource, without_secret
from drivers.camera.stream import Opener
from drivers.clock import SystemClock
from drivers.gnss.receiver import Receiver, ReceiverSetup
from drivers.readings import Fix, ReceiverHealth
from drivers.sim.broker import Broker, EmbeddedBroker, MosquittoBroker, mosquitto_binary
from tests.contract.command_desk import Asker, Desk
from tests.contract.pictures import Listening
from tests.fresh import fresh

UNIT = Unit("muck", "truck-1")
PATIENCE_S = 80.0  # a busy machine is slow, not wrong


def wait(predicate: Callable[[], bool], what: str = "") -> None:
    """Until it holds; fails when it does not for very long."""
    end = time.monotonic() + PATIENCE_S
    while not predicate():
        assert time.monotonic() < end, what or "it did not come about"
        time.sleep(0.01)


class Rig:
    """A journal and an uplink on it, which can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.clock = SystemClock(0)
        self.path = folder / "journal.db"
        self.journal = Journal.open(fresh(self.path), self.clock.boot, max_bytes=10**8, min_free_bytes=0)
        self.links: list[LinkState] = []
        self.album: Path | None = None  # where its pictures lie
        self.unsent: list[PictureUnsent] = []
        self.skipped: list[tuple[str, int, int, str]] = []
        self.beats = 0
        self.failure: BaseException | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.uplink: Uplink
        self.built: Callable[[Uplink], None] = lambda _: None  # told of each uplink before it runs

    def entry(
        self, stream: str, payload: bytes = b'{"severity":"notice"}', audience: str | None = None
    ) -> Entry:
        now = self.clock.stamp()
        kind = "fix" if stream == "track" else f"{stream}.noted"
        return Entry(stream, kind, "unit", payload, now.mono_ns, now.utc_ns, now.origin, audience)

    def append(self, stream: str, count: int = 1, audience: str | None = None) -> None:
        self.journal.append([self.entry(stream, audience=audience) for _ in range(count)])
        if self._thread:
            self.uplink.wake()

    def sink(self, url: str, **settings) -> Sink:
        quick = {
            "retry_first_s": 0.05,
            "retry_cap_s": 0.4,
            "retry_spread_s": 0,
            "track_every_s": 0.3,
            "keepalive_s": 5,
        }
        return Sink("city", url, **(quick | settings))

    def start(self, sink: Sink) -> None:
        self._stop.clear()
        self.uplink = Uplink(sink, UNIT, self.journal, self.clock, self._put, self._skip)
        if self.album:
            self.uplink.carry_pictures(self.album)
        self.built(self.uplink)
        self._thread = threading.Thread(target=self._run, name="uplink under test")
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread:
            self.uplink.wake()
            self._thread.join()
            self._thread = None
        if self.failure:
            raise self.failure

    def close(self) -> None:
        self.stop()
        self.journal.close()

    def reopen(self) -> None:
        """The journal as the next run of the agent finds it."""
        self.journal.close()
        self.journal = Journal.open(self.path, self.clock.boot, max_bytes=10**8, min_free_bytes=0)

    @property
    def status(self) -> UplinkStatus:
        return self.uplink.status()

    def drained(self) -> bool:
        return not any(self.journal.backlog("city").values())

    def _run(self) -> None:
        try:
            self.uplink.run(self._stop, self._beat)
        except BaseException as e:  # noqa: BLE001 - shown by stop(), in the test's thread
            self.failure = e

    def _beat(self) -> None:
        self.beats += 1

    def _put(self, seen: LinkState | PictureUnsent) -> None:
        if isinstance(seen, LinkState):
            self.links.append(seen)
            return
        self.unsent.append(seen)
        _, effects = tell_of_pictures(Pictures(), None, seen, on_duty=True)
        self.journal.append([entry(effect, self.clock.stamp()) for effect in effects])
        self.uplink.wake()

    def _skip(self, stream: str, lo: int, hi: int, why: str) -> None:
        self.skipped.append((stream, lo, hi, why))
        self.journal.settle("city", stream, lo, hi)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.close()


@pytest.fixture
def desk(rig: Rig) -> Iterator[Desk]:
    """The rig with commands."""
    desk = Desk(rig)
    yield desk
    desk.close()


@pytest.fixture
def platform(broker: Broker) -> Iterator[Asker]:
    """A platform on either broker that collects replies."""
    with Platform(broker.port) as platform:
        yield Asker(platform)


@pytest.fixture
def until() -> Callable[..., None]:
    return wait


@pytest.fixture
def mosquitto() -> Iterator[Callable[..., MosquittoBroker]]:
    """Starts mosquitto with further settings, and stops it at the end."""
    if not mosquitto_binary():
        pytest.skip("mosquitto is not installed")
    brokers: list[MosquittoBroker] = []

    def start(*settings: str) -> MosquittoBroker:
        brokers.append(MosquittoBroker(settings=settings))
        brokers[-1].start()
        return brokers[-1]

    yield start
    for broker in brokers:
        broker.stop()


@pytest.fixture(params=["amqtt", "mosquitto"])
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """Either broker, running: MQTT 3.1.1 only, and MQTT 5."""
    if request.param == "mosquitto" and not mosquitto_binary():
        pytest.skip("mosquitto is not installed")
    with EmbeddedBroker() if request.param == "amqtt" else MosquittoBroker() as broker:
        yield broker


@pytest.fixture
def album(rig: Rig, tmp_path: Path) -> Path:
    """The rig's folder of pictures."""
    rig.album = tmp_path / "pictures"
    return rig.album


@pytest.fixture
def city(broker: Broker) -> Iterator[Listening]:
    """A platform at `broker` that notes the topics as they come."""
    with Listening(broker.port) as listening:
        yield listening


class Observed:
    """What a Receiver in a thread of its own has sent; while `full` it is not taken."""

    def __init__(self, setup: ReceiverSetup, **options: Any) -> None:
        self.fixes: list[Fix] = []
        self.health: list[ReceiverHealth] = []
        self.full = False
        self.beats = 0
        self._stop = threading.Event()
        worker = Receiver(setup, SystemClock(0), self._put, **options)
        self._thread = threading.Thread(target=worker.run, args=(self._stop, self._beat))
        self._thread.start()

    @property
    def reason(self) -> str:
        return str(self.health[-1].reason) if self.health else ""

    def until(self, condition: Callable[["Observed"], object]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not condition(self):
            assert time.monotonic() < end, f"in vain; newest health {self.health[-1:]}"
            time.sleep(0.01)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5)
        assert not self._thread.is_alive()

    def _put(self, observation: Fix | ReceiverHealth) -> None:
        if self.full:
            raise OverflowError("no room")
        (self.fixes if isinstance(observation, Fix) else self.health).append(observation)

    def _beat(self) -> None:
        self.beats += 1


@pytest.fixture
def receiver_of() -> Iterator[Callable[..., Observed]]:
    """Starts a Receiver with a setup (and further arguments); each is stopped at the end."""
    started: list[Observed] = []

    def start(setup: ReceiverSetup, **options: Any) -> Observed:
        started.append(Observed(setup, **options))
        return started[-1]

    yield start
    for observed in started:
        observed.stop()


@pytest.fixture
def make_capture() -> Iterator[Callable[..., Capture]]:
    """Makes captures that are tended, as the vision process does, until the test ends."""
    captures: list[Capture] = []
    over = threading.Event()
    opener = Opener()

    def tend() -> None:
        while not over.wait(0.05):
            for capture in captures:
                capture.tend()

    def made(source: str, name: str = "bed", **settings: Any) -> Capture:
        quick = {"silent_s": 3.0, "open_timeout_s": 3.0, "read_timeout_s": 0.5}
        spec = CameraSource(name, "body", source, without_secret(source), **(quick | settings))
        captures.append(Capture(spec, SystemClock(0), int, opener))
        captures[-1].start()
        return captures[-1]

    thread = threading.Thread(target=tend)
    thread.start()
    yield made
    over.set()
    thread.join()
    for capture in captures:
        capture.stop(5.0)
