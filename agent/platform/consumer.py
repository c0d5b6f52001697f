"""The reference consumer: takes every message once, and acknowledges it when it is on disk."""

import sqlite3
import threading
from collections import deque
from pathlib import Path
from typing import Any, get_args

import msgspec

from agent.errors import PlatformMissing
from agent.messages.life import CommandState
from agent.platform.client import Client, Delivery
from agent.platform.intake import Asked, Batch, Chunk, Intake, Record, Unreadable, Volatile
from agent.platform.picture_files import Pictures
from agent.platform.signatures import SIGNED, Signatures
from agent.platform.store import Store
from agent.uplink.access import Access
from agent.uplink.media.plan import MANIFESTS
from drivers.clock import SystemClock

PATTERN = "haulwatch/v1/+/+/#"
_TOGETHER = 500  # messages per commit, at most
_MOST_WAITING = 500  # some brokers (mosquitto 2.0.11) send more than the Receive Maximum unacknowledged
_WAIT_S = 0.2
_LOOK_NS = 2_000_000_000  # gaps are looked for so often
_REPLIES = tuple(f"command.{state}" for state in get_args(CommandState))


class Setup(msgspec.Struct, frozen=True):
    """A consumer: database, the vehicles' name for it, where pictures go, its subscription."""

    db: str = ":memory:"
    sink: str = "city"
    pictures: Path | None = None
    pattern: str = PATTERN
    joined_late: bool = False


class Consumer:
    """Subscribes, checks, keeps, acknowledges; `run` until its event is set."""

    def __init__(self, access: Access, setup: Setup) -> None:
        try:
            self.store = Store(setup.db, setup.sink, joined_late=setup.joined_late)
        except sqlite3.Error as e:
            raise PlatformMissing(str(e), where=setup.db, remedy="name another file for --db") from e
        self._signatures = Signatures(self.store.db)
        self._db = setup.db or "a temporary database"
        self._pictures = Pictures(setup.pictures) if setup.pictures else None
        self._clock, self._intake = SystemClock(0), Intake()
        self._waiting: deque[tuple[int, Delivery]] = deque()
        self._come, self._room = threading.Event(), threading.Event()
        self._closing = False
        self._looked = 0
        self.messages = 0
        self.client = Client(access, (setup.pattern,), self._arrive, manual=True)

    def start(self) -> None:
        """Connect and subscribe; raises PlatformMissing."""
        self.client.start()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what is not on disk then was not acknowledged and comes again.

        Raises PlatformMissing when the disk takes no more.
        """
        try:
            self._work(stop)
        except (sqlite3.Error, OSError) as e:
            remedy = "make room; what was not acknowledged comes again"
            raise PlatformMissing(f"cannot be kept ({e})", where=self._db, remedy=remedy) from e

    def _work(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self._come.wait(_WAIT_S)
            self._come.clear()
            while self._waiting and not stop.is_set():
                self._keep([self._waiting.popleft() for _ in range(min(_TOGETHER, len(self._waiting)))])
            self._look()
        self._look(now=True)

    def close(self) -> None:
        """Leave the broker and close the database."""
        self._closing = True
        self.client.stop()
        self.store.close()

    def _arrive(self, delivery: Delivery) -> None:
        """In the client's thread, which reads no further while too many messages wait for the disk."""
        while len(self._waiting) >= _MOST_WAITING and not self._closing:
            self._room.clear()
            self._room.wait(_WAIT_S)
        self._waiting.append((self._clock.mono_ns(), delivery))
        self._come.set()

    def _keep(self, taken: list[tuple[int, Delivery]]) -> None:
        offset = self._offset_ms()
        with self.store.together():
            for mono_ns, delivery in taken:
                self._take(delivery, mono_ns // 1_000_000 + offset)
        for _, delivery in taken:
            self.client.acknowledge(delivery)
        self.messages += len(taken)
        self._room.set()

    def _offset_ms(self) -> int:
        stamp = self._clock.stamp()
        return ((stamp.utc_ns or 0) - stamp.mono_ns) // 1_000_000

    def _take(self, delivery: Delivery, now_ms: int) -> None:
        found = self._intake.take(delivery.topic, delivery.payload)
        if isinstance(found, Asked):
            self.store.asked(found, now_ms)
            return
        self.store.known(found.vehicle, now_ms)
        if isinstance(found, Record):
            new = self.store.record(found, delivery.topic, now_ms)
            if not found.invalid and (new or found.type in MANIFESTS):  # which may name other files now
                self._heed(found, now_ms)
        elif isinstance(found, Batch):
            self.store.batch(found, delivery.topic, now_ms)
        elif isinstance(found, Volatile):
            self.store.volatile(found, delivery.topic, now_ms)
        elif isinstance(found, Chunk):
            self._chunk(found, now_ms)
        elif isinstance(found, Unreadable) and found.reason:
            self.store.unreadable(found, delivery.topic, delivery.payload, now_ms)

    def _heed(self, record: Record, now_ms: int) -> None:
        """What a new record changes besides being kept."""
        if record.type == "birth":
            self._signatures.born(record.vehicle, _data(record), now_ms)
        elif record.type in SIGNED:
            body = record.object()
            self._signatures.judge(record.vehicle, str(body["id"]), record.type, body["data"], now_ms)
        elif record.type in _REPLIES:
            self.store.replied(record.vehicle, _data(record), now_ms)
        elif record.type in MANIFESTS:
            body = record.object()
            self.store.announced(record.vehicle, body, now_ms)
            if self._pictures:
                self._pictures.manifest(body)
        elif record.type == "picture.unsent":
            self.store.never(record.vehicle, _data(record)["sha256"], "unsent", now_ms)
        elif record.type == "picture.deleted":
            for file in _data(record)["files"]:
                self.store.never(record.vehicle, file["sha256"], "deleted", now_ms)

    def _chunk(self, chunk: Chunk, now_ms: int) -> None:
        path = self._pictures.chunk(chunk.sha256, chunk.index, chunk.content) if self._pictures else None
        self.store.chunk(chunk.vehicle, chunk.sha256, None if path is None else str(path), now_ms)

    def _look(self, *, now: bool = False) -> None:
        at = self._clock.mono_ns()
        if now or at - self._looked > _LOOK_NS:
            self._looked = at
            with self.store.together():
                self.store.look_for_gaps(at // 1_000_000 + self._offset_ms())


def _data(record: Record) -> dict[str, Any]:
    data: dict[str, Any] = record.object()["data"]
    return data
