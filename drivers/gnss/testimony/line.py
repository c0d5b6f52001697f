"""What the line and the receiver's own messages say: errors, pace, antenna, the vendor's word on jamming."""

import re
from collections import deque
from collections.abc import Iterable

import msgspec

from drivers.readings import AntennaState

_WINDOW_NS = 10_000_000_000
_ALIVE_NS = 3_000_000_000
_RATE_FROM_NS = 2_000_000_000


class Phrases(msgspec.Struct, frozen=True):
    """Regexes, searched in TXT and proprietary lines, by which a receiver speaks of itself ("": it doesn't).

    `jamming` has a group `level`; from `jamming_at_least` on the vendor calls it jamming.
    """

    ok: str = ""
    open: str = ""
    short: str = ""
    jamming: str = ""
    jamming_at_least: float = 1.0


class LineWitness:
    """Counters of the last ten seconds, and the newest message about antenna and jamming."""

    def __init__(self, phrases: Phrases) -> None:
        said: tuple[tuple[AntennaState, str], ...] = (
            ("open", phrases.open),
            ("short", phrases.short),
            ("ok", phrases.ok),
        )
        self._antenna = [(state, re.compile(pattern)) for state, pattern in said if pattern]
        self._jamming = re.compile(phrases.jamming) if phrases.jamming else None
        self._at_least = phrases.jamming_at_least
        self._counts: deque[tuple[int, int, int]] = deque(maxlen=64)  # ns, sentences, checksum errors
        self._epochs: deque[int] = deque(maxlen=512)  # ns: ten seconds at 50 Hz
        self._first_epoch: int | None = None
        self._flowed = 0
        self.antenna: AntennaState | None = None
        self._jammed: tuple[int, str] | None = None

    def epoch(self, mono_ns: int) -> None:
        """An epoch came."""
        self._first_epoch = mono_ns if self._first_epoch is None else self._first_epoch
        self._epochs.append(mono_ns)

    def count(self, sentences: int, checksum_errors: int, now: int) -> None:
        """The totals of the line so far."""
        if self._counts and sentences > self._counts[-1][1]:
            self._flowed = now
        self._counts.append((now, sentences, checksum_errors))
        while self._counts[0][0] < now - _WINDOW_NS:
            self._counts.popleft()

    def hear(self, notices: Iterable[str], now: int) -> None:
        """Lines that are neither fix nor sky."""
        for line in notices:
            self.antenna = next((s for s, pattern in self._antenna if pattern.search(line)), self.antenna)
            found = self._jamming.search(line) if self._jamming else None
            if found:
                self._jammed = (now, line) if _number(found["level"]) >= self._at_least else None

    def flows(self, now: int) -> bool:
        """Whether sentences came within the last three seconds."""
        return bool(self._flowed) and now - self._flowed <= _ALIVE_NS

    def silent(self) -> None:
        """The line was opened anew: its past counts no more."""
        self._counts.clear()
        self._epochs.clear()
        self._first_epoch, self._flowed, self.antenna, self._jammed = None, 0, None, None

    def rate_hz(self, now: int) -> float | None:
        """Epochs per second of the last ten seconds; None before two seconds of them."""
        while self._epochs and self._epochs[0] <= now - _WINDOW_NS:
            self._epochs.popleft()
        if self._first_epoch is None or now - self._first_epoch < _RATE_FROM_NS:
            return None
        elapsed = now - self._first_epoch
        if elapsed >= _WINDOW_NS:
            return round(len(self._epochs) / (_WINDOW_NS / 1e9), 2)
        return round((len(self._epochs) - 1) / (elapsed / 1e9), 2)

    def errors(self) -> tuple[float | None, int]:
        """The share of sentences whose checksum did not fit in the last ten seconds, and their number."""
        if len(self._counts) < 2:
            return None, 0
        (_, good_0, bad_0), (_, good_1, bad_1) = self._counts[0], self._counts[-1]
        good, bad = good_1 - good_0, bad_1 - bad_0
        return (round(bad / (good + bad), 4), bad) if good + bad > 0 else (None, 0)

    def jamming(self, now: int) -> str | None:
        """The vendor's word, while it is repeated at least every ten seconds."""
        if self._jammed is None or now - self._jammed[0] > _WINDOW_NS:
            return None
        return f"the receiver says so: {self._jammed[1]}"


def _number(text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        return 0.0
