"""A recording through the rules: what they say of it, as it would lie in the journal."""

import logging
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from agent.dry.follow import follow
from agent.errors import FlightError
from agent.flight.differences import Body
from agent.flight.tape import FORMAT, Closing, Cut, Held, Opening, Piece, Same, Seen
from agent.model import Effect, Emit, Observation, Settings, Track
from agent.records import entry
from agent.rules.state import STATE_VERSION, State
from drivers.clock import Stamp

log = logging.getLogger(__name__)
Edge = Literal["sharp", "ragged"]


class Span(msgspec.Struct):
    """A stretch without a hole: in which boot, from and to when (CLOCK_BOOTTIME), and how it begins.

    `sharp`: with the agent's own start, before which there was nothing.
    """

    boot: str
    first: int
    last: int
    edge: Edge


class Player:
    """Plays pieces to the rules, whose version is `rules`.

    `notes` says what lacks, `faults` where the same rules came to something else; `spans` is what was played.
    """

    def __init__(self, rules: str) -> None:
        self.rules = rules
        self.notes: list[str] = []
        self.faults: list[str] = []
        self.spans: list[Span] = []
        self.observations = 0
        self.opening: Opening | None = None
        self._state: State | None = None
        self._settings: Settings | None = None
        self._held: dict[str, Settings] = {}

    def play(self, pieces: Iterable[Piece]) -> Iterator[Body]:
        """All records; raises FlightError when a segment can't be played."""
        for piece in pieces:
            if isinstance(piece, Held):
                self._held[piece.digest] = piece.settings
            elif isinstance(piece, Opening):
                self._open(piece)
            elif isinstance(piece, Cut):
                self.notes.append(f"{piece.place}: {piece.why}")
                self._state = None
            elif isinstance(piece, Closing):
                if piece.ended != "continued":
                    self._state = None
            else:
                yield from self._tell(piece)

    def observed(self, piece: Seen | Same) -> Observation:
        """The observation of a piece."""
        if isinstance(piece, Seen):
            return piece.observation
        if self._settings is None:
            raise FlightError("names settings that are missing", where=self._where(), remedy="record anew")
        return msgspec.structs.replace(self._settings, mono_ns=piece.mono_ns, boot=piece.boot)

    def _open(self, opening: Opening) -> None:
        before, self.opening = self.opening, opening
        if opening.format > FORMAT:
            raise FlightError(
                f"is of format {opening.format}",
                where=self._where(),
                remedy="replay it with the version that recorded it, or a newer one",
            )
        self._settings = self._in_force(opening)
        goes_on = before is not None and opening.began == "continued" and self._state is not None
        if (
            goes_on
            and before is not None
            and (before.run, before.number + 1) == (opening.run, opening.number)
        ):
            self._compare(opening)
            return
        if opening.lost:
            self.notes.append(f"{self._where()}: {opening.lost} observations are missing before it")
        self._state = self._remembered(opening)
        edge: Edge = "sharp" if opening.began == "start" else "ragged"
        self.spans.append(Span(opening.boot, opening.mono_ns, opening.mono_ns, edge))

    def _in_force(self, opening: Opening) -> Settings | None:
        if opening.settings is None or opening.settings_at is None:
            return None
        settings = self._held.get(opening.settings)
        if settings is None:
            raise FlightError(
                f"its settings {opening.settings} are missing", where=self._where(), remedy="save it anew"
            )
        at, boot = opening.settings_at
        return msgspec.structs.replace(settings, mono_ns=at, boot=boot)

    def _remembered(self, opening: Opening) -> State:
        """The state that a segment begins with."""
        state, why = State(), f"version {opening.state_version}, not {STATE_VERSION}"
        if opening.state_version == STATE_VERSION:
            try:
                state, why = msgspec.msgpack.decode(opening.state, type=State), ""
            except msgspec.MsgspecError as e:
                why = str(e)
        if why:
            self.notes.append(f"{self._where()}: the rule state cannot be read ({why}); it begins anew")
        return msgspec.structs.replace(state, settings=self._settings)

    def _compare(self, opening: Opening) -> None:
        """The state that was recorded is what the same rules made of what came before."""
        if opening.rules != self.rules or self._state is None:
            return
        if msgspec.structs.replace(self._state, settings=self._settings) != self._remembered(opening):
            self.faults.append(f"{self._where()}: the rules remember something else than was recorded")

    def _tell(self, piece: Seen | Same) -> Iterator[Body]:
        if self._state is None or self.opening is None:
            return  # behind a damage
        seen = self.observed(piece)
        try:
            [(_, self._state, effects)] = follow(self._state, [seen])
        except Exception as e:
            log.debug("replay", exc_info=e)
            what = f"{type(seen).__name__} at {seen.mono_ns} ns"
            self.faults.append(f"{self._where()}: the rules fail on {what} ({type(e).__name__}: {e})")
            self._state = None
            return
        self.observations += 1
        span = self.spans[-1]
        span.first, span.last = min(span.first, seen.mono_ns), max(span.last, seen.mono_ns)
        yield from self._bodies(seen.mono_ns, effects, self._state, self.opening)

    def _bodies(self, now: int, effects: list[Effect], state: State, opening: Opening) -> Iterator[Body]:
        offset = state.timebase.offset
        if offset is None and opening.utc_ns is not None:
            offset = opening.utc_ns - opening.mono_ns
        utc_ns = None if offset is None else now + offset
        for effect in effects:
            if isinstance(effect, Emit | Track):
                made = entry(effect, Stamp(opening.boot, now, utc_ns, "unsynced"))
                yield Body(opening.boot, now, utc_ns, made.stream, made.type, made.subject, made.payload)

    def _where(self) -> str:
        return "segment" if self.opening is None else f"segment {self.opening.number}"
