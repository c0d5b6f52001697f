"""Which module is at a line, and at which speed: by its banner, its USB ids, its answers to questions.

Asking changes nothing in any module.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from drivers.gnss.dialogue.conversation import Conversation
from drivers.gnss.dialogue.exchange import Dialogue, Exchange
from drivers.gnss.dialogue.frames import Message
from drivers.gnss_profile import GnssProfile

_SENTENCES_S = 2.2  # a receiver speaks every second
_ENOUGH = 2  # messages whose checksum fits are no accident
_SLOW = 2.5  # so much longer an answer takes behind a module's full send buffer


class Identity(msgspec.Struct, frozen=True):
    """The profile's name and how it was found; what the module said of itself ("" where it didn't)."""

    profile: str
    how: str
    module: str = ""
    firmware: str = ""


class Candidate(msgspec.Struct, frozen=True):
    """A profile that may be it."""

    name: str
    profile: GnssProfile
    dialogue: Dialogue

    @classmethod
    def of(cls, name: str, profile: GnssProfile) -> "Candidate":
        """The profile with its dialogue."""
        return cls(name, profile, Dialogue(profile))

    @property
    def questions(self) -> tuple[Exchange, ...]:
        """The exchanges that ask the module for its name."""
        named = map(self.dialogue.named, self.profile.identify.questions)
        return tuple(e for e in named if e is not None)

    def fits(self, said: Mapping[str, str]) -> int | None:
        """How many letters of what the module said fit this profile; None when it is another."""
        matches = [re.search(p, said.get(key, "")) for key, p in self.profile.identify.match.items()]
        return sum(len(m[0]) for m in matches if m) if all(matches) else None


def find_baud(conversation: Conversation, bauds: Iterable[int]) -> int | None:
    """The first speed at which valid messages come; None when there is none, or the line is silent."""
    for baud in bauds:
        conversation.set_baud(baud)
        if conversation.listen(_SENTENCES_S, _ENOUGH) >= _ENOUGH:
            return baud
        if not conversation.received:  # one that speaks at another speed is heard as garbage
            break
    return None


def speeds(candidates: Sequence[Candidate], named: int | None, usual: Sequence[int]) -> list[int]:
    """The speeds to try: the named one, then a single candidate's own, or the usual ones and all others."""
    found = [named] if named else []
    own = [c.profile.baud for c in candidates]
    further = [b for c in candidates for b in c.profile.bauds]
    found += [*own, *further] if len(candidates) == 1 else [*usual, *own]
    return list(dict.fromkeys(found))


def identify(
    conversation: Conversation, candidates: Sequence[Candidate], usb: str | None, lines: Sequence[str]
) -> tuple[Candidate, Identity] | None:
    """Ask the module who it is; one that can't be asked is known by `lines` that it sent or by its USB ids.

    Raises DeviceLost. None: no candidate fits.
    """
    hinted = {c.name: hint for c in candidates if (hint := _hint(c.profile, usb, lines))}
    ordered = sorted(candidates, key=lambda c: (c.name not in hinted, c.name))
    questions = list(_questions(ordered))
    for spoken, seconds in [*questions, *((q, s * _SLOW) for q, s in questions)]:
        heard: list[Message] = []
        for message in conversation.ask(spoken, seconds):
            heard.append(message)
            if found := _answered(ordered, spoken, heard):
                return found
    for candidate in ordered:
        if candidate.name in hinted and not candidate.questions:
            return candidate, Identity(candidate.name, hinted[candidate.name])
    return None


def _questions(candidates: Iterable[Candidate]) -> Iterator[tuple[bytes, float]]:
    """Each question once, though many profiles share it."""
    seen: set[bytes] = set()
    for candidate in candidates:
        for exchange in candidate.questions:
            spoken = _spoken(candidate.dialogue, exchange)
            if spoken not in seen:
                seen.add(spoken)
                yield spoken, exchange.timeout_s


def _spoken(dialogue: Dialogue, exchange: Exchange) -> bytes:
    """A question's bytes; it carries no variables that matter."""
    values = dialogue.variables.values(dialogue.variables.factory)
    return b"".join(t.encode(values) for t in exchange.send)


def _answered(
    candidates: Iterable[Candidate], spoken: bytes, heard: Sequence[Message]
) -> tuple[Candidate, Identity] | None:
    """The candidate that knows this answer, the one that more letters of it fit first."""
    best: tuple[Candidate, Identity] | None = None
    most = -1
    for candidate in candidates:
        for exchange in candidate.questions:
            said = _said(exchange, heard) if _spoken(candidate.dialogue, exchange) == spoken else None
            letters = candidate.fits(said) if said is not None else None
            if said is not None and letters is not None and letters > most:
                best, most = (candidate, Identity(candidate.name, "it says so", **said)), letters
    return best


def _said(exchange: Exchange, heard: Sequence[Message]) -> dict[str, str] | None:
    """Module and firmware from a whole answer; None when it isn't there or not whole."""
    found: dict[str, int | str] = {}
    missing = list(exchange.answer)
    for message in heard:
        carried = missing[0].match(message) if missing else None
        if carried is not None:
            found |= carried
            missing.pop(0)
    if missing or not exchange.answer:
        return None
    return {key: str(found.get(key, "")).strip() for key in ("module", "firmware")}


def _hint(profile: GnssProfile, usb: str | None, lines: Sequence[str]) -> str | None:
    if usb in profile.identify.usb:
        return f"USB {usb}"
    for pattern in profile.identify.banner:
        if any(re.search(pattern, line) for line in lines):
            return f"banner {pattern}"
    return None
