"""Making a connection: which MQTT version to speak, and waiting without blocking the worker.

MQTT 5 goes first. A 3.1.1 broker should refuse it by name, but one that reads a version 5 CONNECT in the old
format may take a length from the wrong place and wait for bytes that never come (amqtt does, when there is a
will or a user name), or hang up. So silence or a cut before the CONNACK is a doubt, and is settled by asking
with a bare CONNECT, which has nothing in it to misread. What the broker has once answered to is not doubted
on the first bad connection.
"""

import threading
from collections.abc import Callable, Iterator

import msgspec

from agent.uplink.access import Access
from agent.uplink.mqtt import V5, V311, Connection, Ended, Happening, Joined, Version, Will
from agent.uplink.reasons import NOT_THIS_VERSION, LinkFault
from drivers.clock import Clock

SECOND = 1_000_000_000
_STEP_S = 0.2
_ANSWER_S = 15.0
_DOUBT_S = 1.0  # only a second connection is risked by too short a patience, never a wrong conclusion


class Stopped(Exception):  # noqa: N818 - reads as what happened
    """The worker was asked to stop while it dialled."""


class _NoAnswer(LinkFault):
    """CONNECT was sent and no CONNACK came; `cut`: the other side hung up."""

    def __init__(self, text: str, *, cut: bool) -> None:
        super().__init__(text)
        self.cut = cut


class _WrongVersion(LinkFault):
    """The broker refused the MQTT version by name."""


class Dialler:
    """Remembers across connections which version the broker speaks."""

    def __init__(self, clock: Clock, stop: threading.Event, beat: Callable[[], None]) -> None:
        self._clock, self._stop, self._beat = clock, stop, beat
        self._version: Version | None = None
        self.sent = False

    def dial(self, access: Access, will: Will | None) -> tuple[Connection, Joined]:
        """Connect; raises LinkFault or Stopped. `sent` then tells whether a CONNECT may have left."""
        self.sent = False
        try:
            return self._join(access, will, self._version or V5, _ANSWER_S if self._version else _DOUBT_S)
        except _WrongVersion:
            self._version = V311 if (self._version or V5) == V5 else V5
        except _NoAnswer as e:
            if self._version is not None:
                self._version = None  # ask again next time, the broker may be another one
                raise
            self._version = self._ask(access)
            if self._version is None:
                raise LinkFault(str(e)) from e
        return self._join(access, will, self._version, _ANSWER_S)

    def _ask(self, access: Access) -> Version | None:
        """What a bare CONNECT of version 5 brings to light."""
        # Under a name of its own, since it would end the session in which the broker keeps commands for us.
        name = f"{access.client_id}-v"
        bare = msgspec.structs.replace(access, client_id=name, username=None, password=None, session_s=0)
        try:
            connection, _ = self._join(bare, None, V5, _ANSWER_S)
        except _WrongVersion:
            return V311
        except _NoAnswer as e:
            return V311 if e.cut else None
        except LinkFault:
            return self._version
        connection.leave()
        return V5

    def _join(
        self, access: Access, will: Will | None, version: Version, patience_s: float
    ) -> tuple[Connection, Joined]:
        connection = Connection(access, will, version)
        self._open(connection)
        self.sent = True
        try:
            joined = self._answer(connection, patience_s)
        except BaseException:
            connection.drop()
            raise
        self._version = version
        return connection, joined

    def _answer(self, connection: Connection, patience_s: float) -> Joined:
        for happening in self._happenings(connection, patience_s):
            if isinstance(happening, Joined):
                return happening
            if isinstance(happening, Ended):
                raise self._fault(happening, connection.version)
        raise _NoAnswer("no answer to CONNECT", cut=False)

    def _fault(self, ended: Ended, version: Version) -> LinkFault:
        if ended.code is None:
            return _NoAnswer(f"{ended.reason} before CONNACK", cut=True)
        if ended.code == NOT_THIS_VERSION:
            return _WrongVersion(ended.reason)
        self._version = version  # it was refused in that version's own words
        return LinkFault(ended.reason)

    def _happenings(self, connection: Connection, patience_s: float) -> Iterator[Happening]:
        end = self._clock.mono_ns() + round(patience_s * SECOND)
        while self._clock.mono_ns() < end:
            self._pause()
            yield from connection.poll(_STEP_S)

    def _open(self, connection: Connection) -> None:
        """Open in a thread of its own, since a name server or a handshake may keep it for many seconds."""
        faults: list[str | None] = []
        opener = threading.Thread(target=lambda: faults.append(connection.open()), name="dial", daemon=True)
        opener.start()
        while opener.is_alive():
            opener.join(_STEP_S)
            if self._stop.is_set() and opener.is_alive():
                connection.drop()
                raise Stopped
            self._beat()
        if faults[0] is not None:
            raise LinkFault(faults[0])

    def _pause(self) -> None:
        self._beat()
        if self._stop.is_set():
            raise Stopped
