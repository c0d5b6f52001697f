"""A receiver as a witness: what its fixes, signals, messages and errors say of its own word.

Fed with everything that comes of one line; once a second it gives the antenna's state, the signals'
strength, the pace and the suspicions. Pure: the clock comes as arguments, memory is bounded. It accuses
late rather than wrongly: see `drivers.gnss.testimony.limits` for every threshold and its reason. What two
receivers' words, a camera or a switch could tell better is not asked here.
"""

from collections.abc import Iterable

import msgspec

from drivers.gnss.testimony.doubt import Doubt, suspicion
from drivers.gnss.testimony.limits import Thresholds, seconds
from drivers.gnss.testimony.line import LineWitness, Phrases
from drivers.gnss.testimony.position import PositionWitness
from drivers.gnss.testimony.sky import Loss, SkyWitness
from drivers.readings import AntennaState, Constellation, Fix, Signal, Strength, Suspicion

_SOUND = 4  # satellites of at least this C/N0 that no disconnected antenna brings in
_SOUND_DBHZ = 30
_GONE_S = 3.0
_IDLE_WORD_S = 10.0  # an antenna called open for so long under good signals is a passive one
_FOR_EVER_S = 1e9


class Statement(msgspec.Struct, frozen=True):
    """What `ReceiverHealth` holds of it; the fields have the same names and meanings there."""

    antenna: AntennaState
    antenna_inferred: bool
    strength: dict[Constellation, Strength]
    rate_hz: float | None
    checksum_error_rate: float | None
    suspicions: tuple[Suspicion, ...]


class Testimony:
    """The witness of one receiver; `rate_hz` is what its profile promises (None: unknown)."""

    def __init__(self, limits: Thresholds, phrases: Phrases, rate_hz: float | None) -> None:
        self._limits, self._rate_hz = limits, rate_hz
        self._line = LineWitness(phrases)
        self._positions = PositionWitness(limits)
        self._sky = SkyWitness(limits)
        over = limits.over_s
        self._fall, self._said_jammed = Doubt(limits.jam_after_s, over), Doubt(0.0, over)
        self._drowned, self._cut = Doubt(0.0, over), Doubt(0.0, over)
        self._alike, self._rigid = Doubt(limits.same_cn0_s, over), Doubt(0.0, over)
        self._idle_word = Doubt(_IDLE_WORD_S, _FOR_EVER_S)  # what the receiver says of its antenna is not so
        self._slow = Doubt(limits.slow_s, over)
        self._damaged = Doubt(limits.checksum_s, over)

    def opened(self) -> None:
        """The line was opened (again): counters and signals begin anew, the trusted position stays."""
        self._line.silent()
        self._sky = SkyWitness(self._limits)

    def fix(self, fix: Fix) -> None:
        """An epoch."""
        self._line.epoch(fix.mono_ns)
        self._positions.take(fix)

    def sky(self, signals: Iterable[Signal], now: int) -> None:
        """A new list of the satellites in view: give each list once, also an empty one."""
        self._sky.take(signals, now, standing=self._positions.standing())

    def notices(self, lines: Iterable[str], now: int) -> None:
        """TXT and proprietary lines."""
        self._line.hear(lines, now)

    def count(self, sentences: int, checksum_errors: int, now: int) -> None:
        """The totals of valid sentences and of checksum errors since the line was opened."""
        self._line.count(sentences, checksum_errors, now)

    def statement(self, now: int) -> Statement:
        """What is known at `now`; to be asked once a second."""
        antenna, inferred = self._antenna(now)
        share, bad = self._line.errors()
        rate = self._line.rate_hz(now)
        flows = self._line.flows(now)
        self._judge_line(now, share, bad, rate if flows else None)
        if flows:
            self._judge_sky(now, antenna, inferred=inferred)
        return Statement(
            antenna=antenna,
            antenna_inferred=inferred,
            strength=self._sky.strength(now),
            rate_hz=rate,
            checksum_error_rate=share,
            suspicions=_merged(self._positions.judge(now, flows=flows) + self._suspicions()),
        )

    def _suspicions(self) -> tuple[Suspicion, ...]:
        return (
            *suspicion("jamming", self._said_jammed, self._fall, self._drowned),
            *suspicion("spoofing", self._alike),
            *suspicion("frozen", self._rigid),
            *suspicion("hidden_switch", self._cut),
            *suspicion("slow", self._slow),
            *suspicion("damaged_line", self._damaged),
        )

    def _antenna(self, now: int) -> tuple[AntennaState, bool]:
        """Said by the receiver, else concluded: no signal for long is open, good signals are ok."""
        if self._line.antenna is not None:
            return self._line.antenna, False
        if self._sky.blank_s(now) >= self._limits.antenna_blank_s:
            return "open", True
        return ("ok", True) if self._sounds_good(now) else ("unknown", False)

    def _sounds_good(self, now: int) -> bool:
        sky = self._sky.now(now)
        return sky is not None and sum(c >= _SOUND_DBHZ for c in sky.cn0.values()) >= _SOUND

    def _is_faulty(self, now: int, antenna: AntennaState, *, inferred: bool) -> bool:
        """Whether the antenna is said to be open or short, and that means anything."""
        if antenna not in ("open", "short") or inferred:
            self._idle_word = Doubt(_IDLE_WORD_S, _FOR_EVER_S)
            return False
        self._idle_word.see(now, antenna if self._sounds_good(now) else None)
        return not self._idle_word.raised

    def _judge_line(self, now: int, share: float | None, bad: int, rate: float | None) -> None:
        limits = self._limits
        wrong = share is not None and share >= limits.checksum_share and bad >= limits.checksum_errors
        self._damaged.see(now, f"{share or 0:.1%} of sentences damaged" if wrong else None)
        lost = self._positions.lost_for(now)
        fixed = lost is not None and lost < 10.0  # without a position many receivers send less
        wanted = self._rate_hz
        late = bool(fixed and wanted and rate is not None and rate < limits.slow_share * wanted)
        self._slow.see(now, f"{rate} epochs per second, the profile says {wanted:g}" if late else None)

    def _judge_sky(self, now: int, antenna: AntennaState, *, inferred: bool) -> None:
        self._said_jammed.see(now, self._line.jamming(now))
        faulty = self._is_faulty(now, antenna, inferred=inferred)
        fallen = None if faulty else self._sky.fallen(now)
        if not (self._fall.raised and self._sky.loss):  # nothing is left to compare: it holds
            self._fall.see(now, fallen)
        self._alike.see(now, self._sky.alike(now))
        still = min(self._positions.unchanged_s(), self._sky.unchanged_s(now))
        rigid = still >= self._limits.frozen_s
        self._rigid.see(now, f"position and every C/N0 unchanged for {still:.0f} s" if rigid else None)
        self._positions.frozen = self._rigid.raised
        loss = self._sky.loss
        why = self._loss(now, loss, faulty=faulty) if loss else None
        jammed = loss is not None and loss.together is not None and not faulty
        self._drowned.see(now, why if jammed and loss and loss.standing else None)  # else it may be a tunnel
        self._cut.see(now, None if jammed else why)

    def _loss(self, now: int, loss: Loss, *, faulty: bool) -> str | None:
        """A loss that has lasted longer than a tunnel would, in figures."""
        lost = self._positions.lost_for(now)
        if lost is None or lost < _GONE_S:
            return None  # it goes on without satellites, or has not noticed yet
        patience = self._limits.switch_standing_s if loss.standing or faulty else self._limits.switch_after_s
        gone = now - loss.since
        if gone < seconds(patience):
            return None
        how = "at once" if loss.together is None else f"after all fell together by {loss.together:.0f} dB"
        return (
            f"all signals gone {how}, {loss.satellites} satellites with {loss.best:.0f} dB-Hz before, "
            f"{'standing' if loss.standing else 'moving'}, for {gone / 1e9:.0f} s"
        )


def _merged(suspicions: tuple[Suspicion, ...]) -> tuple[Suspicion, ...]:
    """One of each kind, since the earlier, with all reasons."""
    merged: dict[str, Suspicion] = {}
    for s in suspicions:
        first = merged.get(s.kind)
        if first is None:
            merged[s.kind] = s
        else:
            why = f"{first.why}; {s.why}"
            merged[s.kind] = Suspicion(s.kind, min(first.since_ns, s.since_ns), why)
    return tuple(merged.values())
