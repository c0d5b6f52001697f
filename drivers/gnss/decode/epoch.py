"""Sentences to fixes: which sentences describe one instant, and when they are all there.

A cycle has no marker. What is sure is that a position sentence with another time begins a new epoch, or,
where a receiver has no time, one that was there already; so an epoch can always be closed when the next
begins. A live receiver need not wait for that: the assembler learns which sentence ends a cycle, and the
reader of a line says when it fell quiet. Pure: no clock, no input or output.
"""

from collections import deque

from drivers.gnss.decode.calendar import DateKeeper
from drivers.gnss.decode.carry import Carry
from drivers.gnss.decode.damage import DamageCheck
from drivers.gnss.decode.ending import Ending
from drivers.gnss.decode.fields import Place
from drivers.gnss.decode.nmea import Accuracy, Active, Calendar, InView, Position, Sentence
from drivers.gnss.decode.precedence import Precedence
from drivers.gnss.decode.solution import Epoch, Solution, no_fix, solve
from drivers.readings import Fix

_ROUNDING = 1  # ms by which the sentences of one epoch may differ
_PATIENT = 3  # late sentences after which epochs are never again sent early
_RECENT = 4  # epochs in which stragglers and repetitions are known
_EARLY = 64  # sentences kept for an epoch that is yet to open
_DAY, _OLDER = 86_400_000, 10_000  # ms
_TIMED = (Accuracy, Calendar)
_NONE: list[Fix] = []  # what most sentences complete; never changed


class Assembler:
    """Makes at most one `Fix` of each epoch; an epoch without a position gives one of mode `none`.

    With `eager`, an epoch is sent at the sentence that has ended the last cycles (`ends_with` is the
    profile's word on which that is, until learned), or when the line falls quiet. Without, it is kept until
    the one after it is complete too, so that stragglers find it: right for a recording. `late` counts
    sentences of epochs already sent.
    """

    def __init__(self, *, eager: bool = False, ends_with: str = "", dates: DateKeeper | None = None) -> None:
        self._eager = eager
        self._ending = Ending(ends_with)
        self._dates = dates or DateKeeper()
        self._epoch: Epoch | None = None  # open
        self._held: Epoch | None = None  # closed, kept for stragglers
        self._target: Epoch | None = None  # of the last position: where sentences without a time belong
        self._recent: deque[Epoch] = deque(maxlen=_RECENT)
        self._early: deque[Sentence] = deque(maxlen=_EARLY)  # of an epoch that is yet to open
        self._idle_means_end = True
        self._sent: tuple[int | None, Place | None] = (None, None)  # time and place of the epoch sent last
        self._carry, self._damage, self._precedence = Carry(), DamageCheck(), Precedence()
        self.late = 0

    def push(self, sentence: Sentence, mono_ns: int = 0) -> list[Fix]:
        """Take one sentence, received at `mono_ns`; returns the fixes that are complete by it.

        A fix is stamped with the reception of its epoch's first position.
        """
        if isinstance(sentence, Position):
            return self._position(self._damage.check(sentence), mono_ns)
        epoch = self._place_for(sentence)
        if epoch is None:
            self._early.append(sentence)
            return _NONE
        epoch.add(sentence)
        ended = self._eager and epoch is self._epoch and self._ending.is_end(epoch)
        return self._close() if ended else _NONE

    def idle(self) -> list[Fix]:
        """The line fell quiet: so its epoch is over, unless this receiver pauses within one."""
        if self._epoch is None and self._early and self._ending.believed:
            self._ending.doubt()  # sentences came after what the profile says is the last
            self._early.clear()
        return self._close() if self._eager and self._idle_means_end else []

    def flush(self) -> list[Fix]:
        """The stream ended."""
        fixes = self._close()
        held, self._held = self._held, None
        return fixes + self._send(held)

    def _place_for(self, s: Sentence) -> Epoch | None:
        """The epoch of a sentence that is no position; None: of one yet to open."""
        epoch = self._epoch
        if isinstance(s, InView):
            return None if epoch is None or self._early else self._target
        if isinstance(s, _TIMED) and s.tod is not None:
            if epoch is not None and epoch.tod == s.tod:
                return epoch
            return next((e for e in self._recent if e.tod == s.tod), None)
        if isinstance(s, Active):
            self._precedence.hear_active(s)
            if self._precedence.leads and epoch is not None and epoch.has_dilution:
                return None
        return None if epoch is None or self._early else self._target

    def _position(self, s: Position, mono_ns: int) -> list[Fix]:
        fixes = _NONE
        if s.hdop is not None:
            self._precedence.hear_position(s)
        if self._epoch is None or _begins_another(self._epoch, s):
            earlier = self._earlier(s)
            if earlier:
                self._straggler(earlier, s)
                return _NONE
            fixes = self._close()
            self._epoch = self._open(s, mono_ns)
        self._epoch.add_position(s)
        self._target = self._epoch
        ended = self._eager and self._ending.is_end(self._epoch)
        return [*fixes, *self._close()] if ended else fixes

    def _earlier(self, s: Position) -> Epoch | None:
        """The closed epoch that a position belongs to, or repeats."""
        tod = s.tod
        if tod is None:
            return None
        for epoch in self._recent:
            if epoch.tod is not None and abs(epoch.tod - tod) <= _ROUNDING:
                return epoch if s.id not in epoch.ids or epoch.repeats(s) else None
        return None

    def _straggler(self, earlier: Epoch, s: Position) -> None:
        """A position of an epoch that is closed: still in time if that is held, else a lesson."""
        if s.id in earlier.ids:
            return
        if earlier is self._held:
            earlier.add_position(s)
            self._target = earlier
            return
        self.late += 1
        self._ending.doubt()
        self._idle_means_end = False
        self._eager = self._eager and self.late < _PATIENT

    def _open(self, s: Position, mono_ns: int) -> Epoch:
        epoch = Epoch(s.tod, mono_ns)
        for sentence in self._early:
            if isinstance(sentence, _TIMED) and sentence.tod != s.tod:
                if isinstance(sentence, Calendar):
                    self._dates.hint(sentence.tod, sentence.day)
                continue
            epoch.add(sentence)
        self._early.clear()
        return epoch

    def _close(self) -> list[Fix]:
        epoch = self._epoch
        if epoch is None:
            return []
        self._epoch = None
        self._recent.append(epoch)
        self._ending.learn(epoch)
        if self._eager or _is_before(epoch, self._held):
            return self._send(epoch)
        ready, self._held = self._held, epoch
        return self._send(ready)

    def _send(self, epoch: Epoch | None) -> list[Fix]:
        if epoch is None:
            return []
        solution = Solution(epoch)
        fixed = solution.place is not None
        if fixed and epoch.tod is not None and (epoch.tod, solution.place) == self._sent:
            return []
        self._sent = epoch.tod, solution.place
        when = self._dates.resolve(epoch.tod, solution.day, fixed=fixed)
        inferred = () if when[1] in (None, "read") else ("utc",)
        if not fixed:
            return [no_fix(epoch, solution, when, inferred)]
        said = solution.dimension()
        fix = solve(epoch, solution, self._carry.mode(said), when)
        if said is None or solution.disputed:
            inferred = (*inferred, "mode")
        return [self._carry.complete(fix, inferred)]


def _is_before(epoch: Epoch, held: Epoch | None) -> bool:
    """Whether an epoch is a little older than the one that waits, whose stragglers are still to come."""
    if held is None or held.tod is None or epoch.tod is None:
        return False
    return 0 < (held.tod - epoch.tod) % _DAY < _OLDER


def _begins_another(epoch: Epoch, s: Position) -> bool:
    """Whether a position sentence can't be of this epoch: another time or, without times, the same again."""
    if s.tod is None or epoch.tod is None:
        return s.id in epoch.ids
    return abs(s.tod - epoch.tod) > _ROUNDING
