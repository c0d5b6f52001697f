"""The module's side of a receiver profile: it matches what is sent, changes its state, and answers."""

import re
from collections.abc import Iterator, Mapping

from drivers.gnss.dialogue.exchange import Dialogue, Exchange
from drivers.gnss.dialogue.frames import Framer, Message
from drivers.gnss.dialogue.template import Template
from drivers.gnss_profile import GnssProfile
from drivers.sim.character import Character, Effect, Reply
from drivers.sim.nmea import Output

_STARTS: Mapping[str, Effect] = {
    "cold start": "cold", "warm start": "warm", "hot start": "hot",
    "factory reset": "factory", "stop": "stop",
}  # fmt: skip
_OK, _ERROR = b"\r\nOK\r\n", b"\r\nERROR\r\n"


def character(profile: GnssProfile) -> Character:
    """The make of module that a profile describes; what its state leaves out is as usual."""
    sent, start = profile.output, profile.start
    state = {"period_ms": round(1000 / profile.rate_hz), "baud": profile.baud, **profile.state}
    if not any(state.get(c) for c in ("gps", "glonass", "galileo", "beidou", "qzss", "navic")):
        state["gps"] = 1
    return Character(
        state,
        Output(
            sent.nmea, sent.order, sent.beidou, sent.qzss, sent.combined, sent.decimals, sent.time_decimals
        ),
        _spoken(profile.speaks.banner, state),
        {word: _spoken(getattr(profile.speaks.antenna, word), state) for word in ("ok", "open", "short")},
        ear=lambda: Obedience(profile),
        waits=start is not None,
        controlled=start is not None and start.port == "control",
        weeks=sum(q.weeks for q in profile.quirks if re.search(q.firmware, str(state.get("firmware", "")))),
    )


def _spoken(templates: tuple[str, ...], state: Mapping[str, int | str]) -> tuple[bytes, ...]:
    return tuple(Template.parse(text).encode(state) for text in templates)


class Obedience:
    """Understands the exchanges of a profile; what it doesn't know it ignores.

    A modem also echoes command lines until ATE0, and answers ERROR to those that it doesn't know. By name an
    exchange has effects beyond its variables: `save`, `cold start`, `warm start`, `hot start`,
    `factory reset`, `stop`, and the first one of the profile's `start`.
    """

    def __init__(self, profile: GnssProfile) -> None:
        self._dialogue, self._framer = Dialogue(profile), Framer()
        start = profile.start
        self._starts: tuple[str, ...] = start.exchanges if start else ()
        self._modem = start is not None and start.port == "control"
        self._echo, self._started = self._modem, not self._starts

    def hear(self, chunk: bytes, state: Mapping[str, int | str]) -> Iterator[Reply]:
        """The replies to the commands that are complete with these bytes."""
        for message in self._framer.feed(chunk):
            if self._modem and message.framing == "line":
                if self._echo:
                    yield Reply((message.body + b"\r",))
                yield self._reply(message, state) or self._basic(message.body)
            elif reply := self._reply(message, state):
                yield reply

    def _basic(self, command: bytes) -> Reply:
        """What every modem understands (3GPP TS 27.007, ITU-T V.250)."""
        word = command.strip().upper()
        if word in (b"ATE0", b"ATE1", b"ATE"):
            self._echo = word == b"ATE1"
        return Reply((_OK if word in (b"AT", b"ATE0", b"ATE1", b"ATE") else _ERROR,))

    def _reply(self, message: Message, state: Mapping[str, int | str]) -> Reply | None:
        """To a known command; None for others, and for queries of what is not running."""
        refusal: Reply | None = None
        for exchange in self._dialogue.exchanges:
            for part, template in enumerate(exchange.send):
                carried = template.match(message)
                if carried is None or (exchange.name in self._starts[1:] and not self._started):
                    continue
                try:
                    return self._obeyed(exchange, part, carried, state)
                except ValueError:  # it can't take that value, or has no word for its state
                    refusal = refusal or _refusal(exchange, state)
        return refusal

    def _obeyed(
        self, exchange: Exchange, part: int, carried: Mapping[str, int | str], state: Mapping[str, int | str]
    ) -> Reply:
        """Raises ValueError for what the module can't do."""
        changes = self._dialogue.variables.variables(carried)
        values = self._dialogue.variables.values({**state, **changes})
        spoken = exchange.answer
        if len(exchange.send) > 1:
            one_each = len(exchange.send) == len(spoken)
            last = part == len(exchange.send) - 1
            spoken = spoken[part : part + 1] if one_each else spoken if last else ()
        answers = tuple(template.encode(values) for template in spoken)
        return Reply(answers, changes, self._effect(exchange))

    def _effect(self, exchange: Exchange) -> Effect | None:
        if exchange.name in self._starts[:1]:
            self._started = True
            return "start"
        if exchange.name == "stop":
            self._started = False
        return "save" if exchange.name == "save" else _STARTS.get(exchange.name)


def _refusal(exchange: Exchange, state: Mapping[str, int | str]) -> Reply:
    return Reply(tuple(template.encode(state) for template in exchange.refuse[:1]))
