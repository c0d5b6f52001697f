"""The composition root: from a configuration to workers; the only place where everything meets."""

import logging
from collections.abc import Callable, Iterable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from agent.aboard import Aboard
from agent.channels import Inbox, InboxFull
from agent.config import Config, JournalConfig
from agent.control.room import Ports, Room, remote_file
from agent.control.upload import Sending
from agent.core import Core, Outlets, Start
from agent.evidence.notary import Notary
from agent.evidence.setup import notary_setup, proven
from agent.flight.recorder import Recorder
from agent.flight.setup import recording_setup
from agent.layers.gather import sources
from agent.layers.in_force import InForce
from agent.local_socket import ControlSocket
from agent.model import (
    LinkState,
    Observation,
    PictureFailed,
    PictureTaken,
    Settings,
    Skipped,
    Stopping,
    Track,
)
from agent.pictures.clearing import Clearing
from agent.pictures.desk import Links, PictureDesk
from agent.receiver_setup import receiver_setup
from agent.records import fix_payload
from agent.remade import Remade
from agent.remote.book import read as read_page
from agent.remote.desired import Signs
from agent.remote.live import Hooks, Live
from agent.rules.motion import fresh
from agent.settings import keeping, pictures_folder, sheets_folder, vision_setup
from agent.shifts import zone_of
from agent.supervisor import Spec, Supervisor
from agent.testimony_setup import witness_of
from agent.uplink.ear import Ear
from agent.uplink.media.shelf import Shelf
from agent.uplink.sink import Uplink
from agent.uplink.spending import Spending
from agent.vision.host import VisionHost
from agent.wear import Wear
from buffer.journal import Journal
from drivers.clock import SystemClock
from drivers.gnss.receiver import Receiver

log = logging.getLogger(__name__)
_DAY_NS = 86_400_000_000_000


class App:
    """The agent of one truck: journal, inbox, and supervised workers around them.

    Raises ConfigError, ProfileError or JournalError when it cannot be built.
    """

    def __init__(self, file: Path, config: Config, answers: Callable[["App"], dict[str, Any]]) -> None:
        self.version = version("haulwatch")
        self.clock = SystemClock(round(config.clock.not_before.timestamp()) * 1_000_000_000)
        self.layers = InForce(sources(config), lambda _: self.live.take_layers())
        self.live = Live(file, read_page(remote_file(config)).settings, self.clock, self.layers)
        self.config = config = self.live.config
        self._settings = proven(self.live.settings, config)
        self._receiver = receiver_setup(config.gnss, config.clock)
        self.receiver = Remade(self._build_receiver)
        self.journal = _opened(config.journal, self.clock)
        self.wear = Wear(self.clock)
        self.inbox = Inbox()
        self.core = Remade(self._build_core)
        self.vision = VisionHost(  # kept, since it knows the frame rate
            lambda: vision_setup(self.config), self._seen, self.clock
        )
        links = Links(self.vision.picture, lambda: self.vision.pid, self.inbox.put)
        self._keeping = keeping(config)
        notary = notary_setup(config)
        self._shelf = notary.shelf
        clearing = Clearing(self._keeping, self._needed, self.clock, notary.shelf.pictures)
        self.pictures = PictureDesk(links, clearing, self.clock, config.pictures.wait_s)
        self.notary = Notary(notary, self.journal, self.clock, self.inbox.put)
        if self._settings.device is None:
            self.notary.fault = "evidence: no device key, so nothing is signed; see the log"
        self.recorder = Recorder(recording_setup(config, self.version, self._settings.rules), self.clock)
        self.uplinks = {s.name: Remade(partial(self._build_uplink, s.name)) for s in config.sinks}
        self.aboard = Aboard(config, self.clock, self.offer, self._rest)
        asked = answers(self)
        self._socket = ControlSocket(config.status.socket, asked)
        self.commands = Room(self.live, self._ports(lambda: asked["status"]({})))
        self.supervisor = Supervisor(self._specs(), self.clock, self.offer)
        self.live.connect(Hooks(self._adopt, self.supervisor.restart))

    def stop(self, reason: str) -> None:
        """Stop in order, within 6 s: sources, a last signature, core, uplinks; the journal last."""
        self.commands.close()
        self.supervisor.stop(["control"], 0.5)
        self.supervisor.stop(["receiver", "vision", "switches", "warning"], 1.5)
        self.supervisor.stop(["pictures", "layers", "notary"], 0.5)
        self.notary.last_words(1.5)
        self.offer(Stopping(self.clock.mono_ns(), reason))
        self.supervisor.stop(["core"], 1.0)
        self.supervisor.stop(["recording"], 0.5)
        self.supervisor.stop([f"uplink:{name}" for name in self.uplinks], 2.0)
        self.supervisor.stop(["socket"], 1.0)
        self.journal.close()

    def offer(self, observation: Observation) -> None:
        """Put an observation that may be lost under overload, never a fix; the inbox counts it."""
        try:
            self.inbox.put(observation)
        except InboxFull as e:
            log.warning("%s: %s refused", e, type(observation).__name__)

    def shoot(self, camera: str, path: Path) -> None:
        """Have the vision process write a fresh picture; raises DriverError."""
        self.vision.shoot(camera, str(path), 5.0)

    def _ports(self, status: Callable[[], dict[str, Any]]) -> Ports:
        return Ports(
            version=self.version,
            journal=self.journal,
            clock=self.clock,
            offer=self.offer,
            put=self.inbox.put,
            status=status,
            told=self._wake,
            ear=self._ear,
            restart=self._restart,
            signs=self._signs,
            sending=Sending(
                self.journal,
                self.clock,
                Shelf(pictures_folder(self.config), sheets_folder(self.config)),
                self._send_media,
                status,
                self._spending,
            ),
        )

    def _restart(self, names: Iterable[str]) -> None:
        self.supervisor.restart(names)

    def _send_media(self, sink: str, sha256: str) -> str | None:
        uplink = self.uplinks[sink].now
        return uplink.send_media(sha256) if uplink else "no_link"

    def _spending(self, sink: str) -> Spending | None:
        uplink = self.uplinks[sink].now
        return uplink.spending if uplink else None

    def _ear(self, sink: str) -> Ear | None:
        uplink = self.uplinks[sink].now if sink in self.uplinks else None
        return uplink.ear if uplink else None

    def _adopt(self, config: Config, settings: Settings | None) -> None:
        """Another configuration holds."""
        self.config = config
        if settings is not None:
            self._settings = settings = proven(settings, config)
            try:
                self.inbox.put(settings, 5.0)
            except InboxFull as e:
                log.error("%s: the rules take the new settings when the core is built anew", e)  # noqa: TRY400

    def _signs(self, authority: str) -> Signs:
        """How the agent is under its present settings; off duty nobody misses a fix."""
        core, uplink = self.core.now, self.uplinks[authority].now if authority in self.uplinks else None
        given_up = frozenset(w.name for w in self.supervisor.status() if w.condition == "gave_up")
        fix = core is not None and (
            not core.state.duty.on
            or fresh(core.state.motion, self._settings, self.clock.mono_ns()) is not None
        )
        return Signs(uplink is not None and uplink.status().connected, fix, given_up)

    def _specs(self) -> list[Spec]:
        specs = [
            Spec("core", self.core.build, 30.0, vital=True),
            Spec("receiver", self.receiver.build, 10.0),
            Spec("socket", lambda: self._socket, 10.0),
            Spec("pictures", lambda: self.pictures, 60.0),
            Spec("layers", lambda: self.layers, 120.0),
            Spec("control", self.commands.build, 60.0),
            Spec("notary", lambda: self.notary, 60.0),
        ]
        if self.recorder.setup is not None:
            specs.append(Spec("recording", lambda: self.recorder, 60.0))
        if any(camera.on for camera in self.config.cameras):
            specs.append(Spec("vision", lambda: self.vision, 30.0))
        specs += self.aboard.specs()
        specs += [Spec(f"uplink:{name}", uplink.build, 120.0) for name, uplink in self.uplinks.items()]
        return specs

    def _build_core(self) -> Core:
        journal = self.config.journal
        start = Start(
            version=self.version,
            settings=self._settings,
            commit_s=journal.track_commit_s,
            keep_ns=round(journal.keep_days * _DAY_NS),
            first=self.core.now is None,
            links=self._links,
            keep_media_ns=round(self._keeping.days.longest * _DAY_NS),
            release_ns=round(journal.release_days * _DAY_NS),
            keep_chain_ns=round(journal.keep_chain_days * _DAY_NS) or None,
            held=self._shelf.holds,
        )
        rate, desk = self.vision.set_rate, self.pictures
        outlets = Outlets(
            rate,
            self._live,
            self._wake,
            desk.order,
            desk.deleted,
            self.notary.order,
            self.aboard.mind,
            self.recorder.take,
        )
        return Core(self.journal, self.inbox, self.clock, outlets, start)

    def _build_receiver(self) -> Receiver:
        return Receiver(self._receiver, self.clock, self.inbox.offer, witness_of(self.config.gnss))

    def _build_uplink(self, name: str) -> Uplink:
        sink = next(sink for sink in self.config.sinks if sink.name == name)
        skipped = partial(self._skipped, name)
        uplink = Uplink(sink, self.config.unit, self.journal, self.clock, self.offer, skipped)
        uplink.rest(asleep=self.aboard.asleep)
        self.commands.listen(name, uplink.ear)
        uplink.carry_pictures(self._keeping.root, sheets_folder(self.config))
        if sink.budget.month_bytes:
            uplink.spending.zone = zone_of(self.config.duty)
        return uplink

    def _seen(self, observation: Observation) -> None:
        """What the vision process says; the desk sees to it that a picture's record is never lost."""
        if isinstance(observation, PictureTaken | PictureFailed):
            self.pictures.answered(observation)
        else:
            self.offer(observation)

    def _needed(self) -> tuple[str, ...]:
        """Subjects of open episodes, whose pictures must stay."""
        core = self.core.now
        return core.state.pictures.open if core else ()

    def _skipped(self, sink: str, stream: str, first: int, last: int, why: str) -> None:
        self.inbox.put(Skipped(self.clock.mono_ns(), sink, stream, first, last, why))

    def _links(self) -> list[LinkState]:
        """What every uplink says of its link now."""
        links = []
        for name, uplink in self.uplinks.items():
            if uplink.now is not None:
                status = uplink.now.status()
                links.append(LinkState(self.clock.mono_ns(), name, status.connected, status.reason))
        return links

    def _live(self, track: Track) -> None:
        payload, speed = fix_payload(track), track.fix.speed
        moving = speed is None or speed >= self.config.motion.parked_mps
        for uplink in self.uplinks.values():
            if uplink.now is not None:
                uplink.now.live(payload, moving=moving)

    def _rest(self, asleep: bool) -> None:  # noqa: FBT001 - one word, one meaning
        for uplink in self.uplinks.values():
            if uplink.now is not None:
                uplink.now.rest(asleep=asleep)

    def _wake(self) -> None:
        for uplink in self.uplinks.values():
            if uplink.now is not None:
                uplink.now.wake()


def _opened(journal: JournalConfig, clock: SystemClock) -> Journal:
    """The journal; the clock learns what an earlier run in this boot knew."""
    opened = Journal.open(
        journal.path, clock.boot, max_bytes=journal.max_bytes, min_free_bytes=journal.min_free_bytes
    )
    if (anchor := opened.anchors().get(clock.boot)) is not None:
        clock.anchor(*anchor)
    return opened
