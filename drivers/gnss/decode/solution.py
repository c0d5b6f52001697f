"""What one epoch's sentences say together: the merge of an epoch into a `Fix`. Pure."""

from collections import Counter
from datetime import date, datetime
from functools import lru_cache

from drivers.gnss.decode.constellations import constellation
from drivers.gnss.decode.fields import Place
from drivers.gnss.decode.nmea import Accuracy, Active, Calendar, InView, Motion, Position, Sentence
from drivers.gnss.decode.sky import in_view_by
from drivers.readings import Constellation, DateOrigin, Fix, Mode

_ORDER = {"GGA": 0, "GNS": 1, "RMC": 2, "GLL": 3}  # whose word counts first, all else being equal
_MOST = 256  # sentences of an epoch that are looked at; a receiver may repeat itself without end


class Epoch:
    """The sentences of one instant; `tod` is ms since midnight UTC or None while none of them said.

    `ids` are the talkers and kinds of its positions, `last` the id of the sentence that came last.
    """

    __slots__ = ("ids", "last", "mono_ns", "sentences", "tod")

    def __init__(self, tod: int | None, mono_ns: int) -> None:
        self.tod, self.mono_ns = tod, mono_ns
        self.sentences: list[Sentence] = []
        self.ids: set[str] = set()
        self.last = ""

    def add(self, s: Sentence) -> None:
        """Take a sentence in."""
        self.last = s.id
        if len(self.sentences) < _MOST:
            self.sentences.append(s)

    def add_position(self, s: Position) -> None:
        """Take a position in."""
        self.ids.add(s.id)
        if self.tod is None:
            self.tod = s.tod
        self.add(s)

    def count(self, name: str) -> int:
        """How many sentences of this id there are."""
        return [s.id for s in self.sentences].count(name)

    @property
    def has_dilution(self) -> bool:
        """Whether a position with a dilution of its own was there: GGA or GNS."""
        return any(isinstance(s, Position) and s.hdop is not None for s in self.sentences)

    def repeats(self, s: Position) -> bool:
        """Whether the same valid position was there; a clock that was put back gives others."""
        return s.valid and any(
            isinstance(p, Position) and p.id == s.id and p.valid and p.place == s.place
            for p in self.sentences
        )


class Solution:
    """An epoch's sentences by kind; `positions` are the valid ones, best first, `place` the most exact one's.

    `disputed`: there is a position that its own sentence calls invalid.
    """

    __slots__ = (
        "accuracies",
        "actives",
        "disputed",
        "long_day",
        "motions",
        "place",
        "positions",
        "short_day",
        "views",
    )

    def __init__(self, epoch: Epoch) -> None:
        self.positions: list[Position] = []
        self.actives: list[Active] = []
        self.motions: list[Motion] = []
        self.views: list[bytes] = []
        self.accuracies: dict[str, float] = {}
        self.long_day: date | None = None
        self.short_day: date | None = None
        self.place: Place | None = None
        self.disputed = False
        for s in epoch.sentences:
            if isinstance(s, InView):
                self.views.append(s.line)
            elif isinstance(s, Position):
                self._take_position(s)
            elif isinstance(s, Active):
                self.actives.append(s)
            else:
                self._take(s)
        if len(self.positions) > 1:
            self.positions.sort(key=_rank)
        for p in self.positions:
            if p.place and (self.place is None or p.place.form[2] > self.place.form[2]):
                self.place = p.place

    def _take(self, s: Motion | Calendar | Accuracy) -> None:
        if isinstance(s, Motion):
            self.motions.append(s)
        elif isinstance(s, Calendar):
            self.long_day = s.day or self.long_day
        elif s.metres is not None:
            self.accuracies[s.id[2:]] = s.metres

    def _take_position(self, s: Position) -> None:
        self.short_day = self.short_day or s.day
        if s.valid and s.place:
            self.positions.append(s)
        else:
            self.disputed |= s.place is not None

    @property
    def day(self) -> date | None:
        """The date given: four digits of year count before two."""
        return self.long_day or self.short_day

    def dimension(self) -> int | None:
        """2 or 3 by GSA's word or by an altitude, None when neither was there."""
        said = max([a.dimension for a in self.actives], default=1)
        if said > 1:
            return said
        return 3 if any(p.alt is not None for p in self.positions) else None


def _rank(s: Position) -> int:
    return _ORDER.get(s.id[2:], 9)


@lru_cache(maxsize=64)
def _used_by(lists: tuple[tuple[str, str, tuple[str, ...]], ...]) -> dict[Constellation, int]:
    """Satellites used by constellation: of GSA's talkers, system ids and numbers; not to be changed."""
    satellites = {(constellation(name[:2], system, s), s) for name, system, used in lists for s in used}
    return dict(Counter([c for c, _ in satellites]))


def _dilutions(actives: list[Active]) -> tuple[float | None, float | None, float | None]:
    """The first PDOP, HDOP and VDOP that GSA gave."""
    pdop = hdop = vdop = None
    for a in actives:
        pdop = a.pdop if pdop is None else pdop
        hdop = a.hdop if hdop is None else hdop
        vdop = a.vdop if vdop is None else vdop
    return pdop, hdop, vdop


def _motion(s: Solution) -> tuple[float | None, float | None]:
    """Speed and course: the positions' word before VTG's."""
    speed = course = None
    for p in s.positions:
        speed = p.speed if speed is None else speed
        course = p.course if course is None else course
    for m in s.motions:
        speed = m.speed if speed is None else speed
        course = m.course if course is None else course
    return speed, course


def solve(epoch: Epoch, s: Solution, mode: Mode, when: tuple[datetime | None, DateOrigin | None]) -> Fix:
    """The fix of an epoch; what the sentences don't give stays None, the better one's word counts first."""
    alt = geoid = quality = satellites = own_hdop = None
    for p in s.positions:
        alt = p.alt if alt is None else alt
        geoid = p.geoid if geoid is None else geoid
        quality = p.quality if quality is None else quality
        own_hdop = p.hdop if own_hdop is None else own_hdop
        if p.satellites is not None and (satellites is None or p.satellites > satellites):
            satellites = p.satellites
    speed, course = _motion(s)
    used_by = _used_by(tuple([(a.id, a.system, a.used) for a in s.actives]))
    pdop, hdop, vdop = _dilutions(s.actives)
    in_view = in_view_by(s.views)
    return Fix(
        mono_ns=epoch.mono_ns,
        mode=mode,
        utc=when[0],
        date_origin=when[1],
        lat=s.place.lat if s.place else None,
        lon=s.place.lon if s.place else None,
        alt=alt,
        geoid=geoid,
        speed=speed,
        course=course,
        quality=quality,
        satellites=sum(used_by.values()) or None if satellites is None else satellites,
        in_view=sum(in_view.values()) if s.views else None,
        used_by=used_by,
        in_view_by=in_view,
        hdop=hdop if own_hdop is None else own_hdop,
        pdop=pdop,
        vdop=vdop,
        accuracy=s.accuracies.get("GST", s.accuracies.get("GBS")),
    )


def no_fix(
    epoch: Epoch,
    solution: Solution,
    when: tuple[datetime | None, DateOrigin | None],
    inferred: tuple[str, ...],
) -> Fix:
    """The epoch of a receiver without a position."""
    in_view = in_view_by(solution.views)
    return Fix(
        mono_ns=epoch.mono_ns,
        mode="none",
        utc=when[0],
        date_origin=when[1],
        in_view=sum(in_view.values()) if solution.views else None,
        in_view_by=in_view,
        quality=0,
        inferred=inferred,
    )
