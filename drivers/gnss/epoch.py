"""Sentences to fixes: which sentences describe one instant, and when they are all there.

A cycle has no marker. What is sure is that a position sentence with another time, or one that was there
already, begins a new epoch; so an epoch can always be closed when the next begins. A live receiver need not
wait for that: the assembler learns which sentence ends a cycle, and the reader of a line says when it fell
quiet. Pure: no clock, no input or output.
"""

from collections import deque

from drivers.gnss.calendar import DateKeeper
from drivers.gnss.nmea import Accuracy, Calendar, Place, Position, Sentence
from drivers.gnss.solution import Epoch, no_fix, solve
from drivers.readings import Fix, Mode

_AGREED = 3  # cycles that end alike before the end is believed
_DISTRUST = -10  # cycles to watch after that belief was wrong
_DIMENSION_EPOCHS = 10  # for how long a dimension is taken over from an earlier epoch


class Assembler:
    """Makes at most one `Fix` of each epoch; an epoch without a position gives one of mode `none`.

    With `eager`, an epoch is closed at the sentence that has ended the last cycles; without, only when the
    next one begins, which is right for a recording. `late` counts sentences that came for a closed epoch,
    `repeated` epochs whose time the receiver had already sent.
    """

    def __init__(self, *, eager: bool = False) -> None:
        self._eager = eager
        self._epoch: Epoch | None = None
        self._closed: Epoch | None = None
        self._early: deque[tuple[Sentence, int]] = deque(maxlen=64)  # of an epoch that is yet to open
        self._end: tuple[str, int] = ("", 0)
        self._agreed = 0
        self._idle_means_end = True
        self._dates = DateKeeper()
        self._dimension: tuple[int, int] = (2, 0)  # last known, and for how many epochs it holds
        self.late = self.repeated = 0

    def push(self, sentence: Sentence, mono_ns: int = 0) -> list[Fix]:
        """Take one sentence, received at `mono_ns`; returns the fixes that are complete by it."""
        if isinstance(sentence, Position):
            return self._position(sentence, mono_ns)
        epoch = self._epoch
        timed = isinstance(sentence, Accuracy | Calendar)
        if epoch is None or _of_another(epoch, sentence) or (self._early and not timed):
            self._early.append((sentence, mono_ns))
            return []
        epoch.add(sentence)
        return self._close_if_ended()

    def idle(self) -> list[Fix]:
        """The line fell quiet: so its epoch is over, unless this receiver pauses within one."""
        return self._close() if self._idle_means_end else []

    def flush(self) -> list[Fix]:
        """The stream ended."""
        return self._close()

    def _position(self, s: Position, mono_ns: int) -> list[Fix]:
        if self._epoch is None and self._is_late(s):
            return []
        fixes: list[Fix] = []
        if self._epoch is None or _begins_another(self._epoch, s):
            fixes = self._close()
            self._open(s, mono_ns)
        if self._epoch:
            self._epoch.add(s)
        return fixes + self._close_if_ended()

    def _is_late(self, s: Position) -> bool:
        """Whether it belongs to the epoch just closed, which then was closed too early."""
        closed = self._closed
        if closed is None or s.tod is None or s.tod != closed.tod or s.id in closed.counts:
            return False
        self.late += 1
        self._agreed = _DISTRUST
        self._idle_means_end = False
        return True

    def _open(self, s: Position, mono_ns: int) -> None:
        early, self._early = self._early, deque(maxlen=64)
        self._epoch = Epoch(s.tod, early[0][1] if early else mono_ns)
        for sentence, _ in early:
            if isinstance(sentence, Accuracy | Calendar) and sentence.tod != s.tod:
                if isinstance(sentence, Calendar):
                    self._dates.hint(sentence.tod, sentence.day)
                continue
            self._epoch.add(sentence)

    def _close_if_ended(self) -> list[Fix]:
        epoch = self._epoch
        if not self._eager or epoch is None or self._agreed < _AGREED:
            return []
        return self._close() if (epoch.last, epoch.counts[epoch.last]) == self._end else []

    def _close(self) -> list[Fix]:
        epoch, before = self._epoch, self._closed
        if epoch is None:
            return []
        self._epoch, self._closed = None, epoch
        self._learn(epoch)
        place = epoch.place()
        if place and before and epoch.tod is not None and epoch.tod == before.tod:
            self.repeated += 1
            return []
        return [self._fix(epoch, place)]

    def _learn(self, epoch: Epoch) -> None:
        end = (epoch.last, epoch.counts[epoch.last])
        self._agreed = self._agreed + 1 if end == self._end else min(self._agreed, 0) + 1
        self._end = end

    def _fix(self, epoch: Epoch, place: Place | None) -> Fix:
        utc, dated = self._dates.resolve(epoch.tod, epoch.day)
        inferred = ("utc",) if dated else ()
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
        return ("3d" if known == 3 else "2d"), said is None


def _of_another(epoch: Epoch, s: Sentence) -> bool:
    """Whether a sentence names another time than the epoch's."""
    return isinstance(s, Accuracy | Calendar) and s.tod not in (None, epoch.tod)


def _begins_another(epoch: Epoch, s: Position) -> bool:
    """Whether a position sentence can't be of this epoch: another time, or the same sentence again."""
    if s.tod is not None and epoch.tod is not None and s.tod != epoch.tod:
        return True
    return s.id in epoch.counts
