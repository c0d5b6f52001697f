"""Sentences to fixes: which sentences describe one instant, and when they are all there.

A cycle has no marker. What is sure is that a position sentence with another time begins a new epoch, or,
where a receiver has no time, one that was there already; so an epoch can always be closed when the next
begins. A live receiver need not wait for that: the assembler learns which sentence ends a cycle, and the
reader of a line says when it fell quiet. Pure: no clock, no input or output.
"""

from collections import deque
from datetime import date, timedelta

import msgspec

from drivers.gnss.calendar import DateKeeper
from drivers.gnss.fields import Place
from drivers.gnss.nmea import Accuracy, Calendar, Position, Sentence
from drivers.gnss.solution import Epoch, no_fix, solve
from drivers.readings import Fix, Mode

_AGREED = 3  # cycles that end alike before the end is believed
_DISTRUST = -10  # cycles to watch after that belief was wrong
_PATIENT = 3  # late sentences after which epochs are never again sent early
_DIMENSION_EPOCHS = 10  # for how long a dimension is taken over from an earlier epoch
_JUMP = 0.05  # degrees, 5 km: no vehicle's way between two epochs
_ROLLOVER = timedelta(weeks=1024)  # GPS counts weeks in 10 bits


class Assembler:
    """Makes at most one `Fix` of each epoch; an epoch without a position gives one of mode `none`.

    With `eager`, an epoch is sent at the sentence that has ended the last cycles, or when the line falls
    quiet. Without, it is kept until the one after it is complete too, so that stragglers find it: right for a
    recording. `late` counts sentences of epochs already sent, `repeated` epochs whose time was sent before.
    """

    def __init__(self, *, eager: bool = False) -> None:
        self._eager = eager
        self._epoch: Epoch | None = None  # open
        self._held: Epoch | None = None  # closed, kept for stragglers
        self._target: Epoch | None = None  # of the last position: where sentences without a time belong
        self._recent: deque[Epoch] = deque(maxlen=4)
        self._early: deque[Sentence] = deque(maxlen=64)  # of an epoch that is yet to open
        self._end: tuple[str, int] = ("", 0)
        self._agreed = 0
        self._idle_means_end = True
        self._sent: int | None = None  # time of day of the epoch sent last
        self._dates = DateKeeper()
        self._dimension: tuple[int, int] = (2, 0)  # last known, and for how many epochs it holds
        self._last_place: Place | None = None
        self._shapes: dict[str, tuple[int, int]] = {}
        self.late = self.repeated = 0

    def push(self, sentence: Sentence, mono_ns: int = 0) -> list[Fix]:
        """Take one sentence, received at `mono_ns`; returns the fixes that are complete by it.

        A fix is stamped with the reception of its epoch's first position.
        """
        if isinstance(sentence, Position):
            return self._position(self._plausible(sentence), mono_ns)
        epoch = self._place_for(sentence)
        if epoch is None:
            self._early.append(sentence)
        else:
            epoch.add(sentence)
        return self._close_if_ended()

    def idle(self) -> list[Fix]:
        """The line fell quiet: so its epoch is over, unless this receiver pauses within one."""
        return self._close() if self._eager and self._idle_means_end else []

    def flush(self) -> list[Fix]:
        """The stream ended."""
        fixes = self._close()
        held, self._held = self._held, None
        return fixes + self._send(held)

    def _place_for(self, s: Sentence) -> Epoch | None:
        """The epoch of a sentence that is no position; None: of one yet to open."""
        if isinstance(s, Accuracy | Calendar) and s.tod is not None:
            known = (e for e in (self._epoch, *self._recent) if e is not None and e.tod == s.tod)
            return next(known, None)
        return None if self._epoch is None or self._early else self._target

    def _position(self, s: Position, mono_ns: int) -> list[Fix]:
        fixes: list[Fix] = []
        if self._epoch is None or _begins_another(self._epoch, s):
            earlier = next(
                (e for e in self._recent if e.tod == s.tod is not None and s.id not in e.counts), None
            )
            if earlier:
                self._straggler(earlier, s)
                return []
            fixes = self._close()
            self._epoch = self._open(s, mono_ns)
        self._epoch.add(s)
        self._target = self._epoch
        return fixes + self._close_if_ended()

    def _straggler(self, earlier: Epoch, s: Position) -> None:
        """A position of an epoch that is closed: still in time if that is held, else a lesson."""
        if earlier is self._held:
            earlier.add(s)
            self._target = earlier
            return
        self.late += 1
        self._agreed = _DISTRUST
        self._idle_means_end = False
        self._eager = self._eager and self.late < _PATIENT

    def _open(self, s: Position, mono_ns: int) -> Epoch:
        early, self._early = self._early, deque(maxlen=64)
        epoch = Epoch(s.tod, mono_ns)
        for sentence in early:
            if isinstance(sentence, Accuracy | Calendar) and sentence.tod != s.tod:
                if isinstance(sentence, Calendar):
                    self._dates.hint(sentence.tod, sentence.day)
                continue
            epoch.add(sentence)
        return epoch

    def _close_if_ended(self) -> list[Fix]:
        epoch = self._epoch
        if not self._eager or epoch is None or self._agreed < _AGREED:
            return []
        return self._close() if (epoch.last, epoch.counts[epoch.last]) == self._end else []

    def _close(self) -> list[Fix]:
        epoch = self._epoch
        if epoch is None:
            return []
        self._epoch = None
        self._recent.append(epoch)
        self._learn(epoch)
        ready, self._held = (epoch, self._held) if self._eager else (self._held, epoch)
        return self._send(ready)

    def _learn(self, epoch: Epoch) -> None:
        end = (epoch.last, epoch.counts[epoch.last])
        self._agreed = self._agreed + 1 if end == self._end else min(self._agreed, 0) + 1
        self._end = end

    def _send(self, epoch: Epoch | None) -> list[Fix]:
        if epoch is None:
            return []
        place = epoch.place()
        if place and epoch.tod is not None and epoch.tod == self._sent:
            self.repeated += 1
            return []
        self._sent = epoch.tod
        return [self._fix(epoch, place)]

    def _fix(self, epoch: Epoch, place: Place | None) -> Fix:
        own = _likely(epoch.day, fixed=place is not None)
        utc, concluded = self._dates.resolve(epoch.tod, own)
        inferred = ("utc",) if concluded or own != epoch.day else ()
        if place is None:
            return no_fix(epoch, utc, inferred)
        mode, guessed = self._mode(epoch)
        return solve(epoch, place, utc, mode, (*inferred, "mode") if guessed else inferred)

    def _mode(self, epoch: Epoch) -> tuple[Mode, bool]:
        """2D or 3D; an epoch that doesn't say is like the ones just before."""
        said = epoch.dimension
        last, holds = self._dimension
        self._dimension = (said, _DIMENSION_EPOCHS) if said else (last, holds - 1)
        known = said or (last if holds > 0 else 2)
        return ("3d" if known == 3 else "2d"), said is None or epoch.disputed

    def _plausible(self, s: Position) -> Position:
        """Without its place when that is far off and written differently: damage that the checksum missed."""
        if s.place is None or not s.valid:
            return s
        usual, last = self._shapes.get(s.id, s.place.shape), self._last_place
        self._shapes[s.id] = s.place.shape
        if last and usual != s.place.shape and _far(last, s.place):
            return msgspec.structs.replace(s, valid=False, place=None)
        self._last_place = s.place
        return s


def _begins_another(epoch: Epoch, s: Position) -> bool:
    """Whether a position sentence can't be of this epoch: another time or, without times, the same again."""
    if s.tod is None or epoch.tod is None:
        return s.id in epoch.counts
    return s.tod != epoch.tod


def _far(a: Place, b: Place) -> bool:
    return abs(a.lat - b.lat) > _JUMP or _JUMP < abs(a.lon - b.lon) < 360 - _JUMP


def _likely(day: date | None, *, fixed: bool) -> date | None:
    """A date of the eighties is none before the first fix, and a week count that rolled over after it."""
    if day is None or day.year >= 1990:
        return day
    return day + _ROLLOVER if fixed else None
