"""What one epoch's sentences say together: the merge of an epoch into a `Fix`. Pure."""

from collections import Counter
from datetime import date, datetime

from drivers.gnss.constellations import constellation
from drivers.gnss.fields import Place
from drivers.gnss.nmea import Accuracy, Active, Calendar, InView, Motion, Position, Sentence
from drivers.gnss.sky import in_view_by
from drivers.readings import Constellation, DateOrigin, Fix, Mode

_ORDER = {"GGA": 0, "GNS": 1, "RMC": 2, "GLL": 3}  # whose word counts first, all else being equal
# Sentences of one kind in an epoch: GSA comes once per constellation, GSV once per four satellites and
# signal.
_REPEATS = 24


class Epoch:
    """The sentences of one instant; `tod` is ms since midnight UTC or None while none of them said."""

    def __init__(self, tod: int | None, mono_ns: int) -> None:
        self.tod, self.mono_ns = tod, mono_ns
        self.counts: dict[str, int] = {}
        self.last = ""
        self.positions: list[Position] = []
        self.motions: list[Motion] = []
        self.actives: list[Active] = []
        self.views: list[bytes] = []
        self.accuracies: dict[str, float] = {}
        self.day: date | None = None
        self._valid: list[Position] | None = None

    def add(self, s: Sentence) -> None:
        """Take a sentence in; of a receiver that repeats itself without end, only the first ones."""
        name = self.last = s.id
        count = self.counts[name] = self.counts.get(name, 0) + 1
        if count > _REPEATS:
            return
        if isinstance(s, Position):
            self.positions.append(s)
            self._valid = None
            if self.tod is None:
                self.tod = s.tod
            self.day = self.day or s.day
        elif isinstance(s, InView):
            self.views.append(s.line)
        elif isinstance(s, Active):
            self.actives.append(s)
        elif isinstance(s, Motion):
            self.motions.append(s)
        elif isinstance(s, Calendar):
            self.day = s.day or self.day  # four digits of year against two
        elif isinstance(s, Accuracy) and s.metres is not None:
            self.accuracies[name[2:]] = s.metres

    @property
    def valid(self) -> list[Position]:
        """The positions that stand, best first."""
        if self._valid is None:
            standing = [p for p in self.positions if p.valid]
            self._valid = sorted(standing, key=lambda p: _ORDER.get(p.id[2:], 9))
        return self._valid

    @property
    def has_quality(self) -> bool:
        """Whether a sentence that has a dilution of its own was there: GGA or GNS."""
        return any(p.hdop is not None for p in self.positions)

    @property
    def disputed(self) -> bool:
        """Whether some of the sentences have a position that others call invalid."""
        return bool(self.valid) and any(p.place and not p.valid for p in self.positions)

    def place(self) -> Place | None:
        """The position written with the most digits."""
        best = None
        for p in self.valid:
            if p.place and (best is None or p.place.digits > best.digits):
                best = p.place
        return best

    def dimension(self) -> int | None:
        """2 or 3 by GSA's word or by an altitude, None when neither was there."""
        said = max([a.dimension for a in self.actives], default=1)
        return said if said > 1 else 3 if self.first("alt") is not None else None

    def first(self, name: str) -> float | None:
        """The first value given for a field of the valid positions."""
        for p in self.valid:
            value: float | None = getattr(p, name)
            if value is not None:
                return value
        return None

    def dilution(self, name: str) -> float | None:
        """The dilution that GSA gave."""
        return next((v for a in self.actives if (v := getattr(a, name)) is not None), None)

    def used(self) -> dict[Constellation, int]:
        """Satellites used by constellation, as GSA lists them."""
        satellites = {(constellation(a.id[:2], a.system, s), s) for a in self.actives for s in a.used}
        return dict(Counter([c for c, _ in satellites]))

    def satellites(self) -> int | None:
        """Satellites used: GGA's or GNS's word."""
        counts = [p.satellites for p in self.valid if p.satellites is not None]
        return max(counts, default=None)

    def motion(self) -> tuple[float | None, float | None]:
        """Speed and course: RMC's word, else VTG's."""
        speed, course = self.first("speed"), self.first("course")
        for m in self.motions:
            speed = m.speed if speed is None else speed
            course = m.course if course is None else course
        return speed, course


def no_fix(epoch: Epoch, utc: datetime | None, origin: DateOrigin | None, inferred: tuple[str, ...]) -> Fix:
    """The epoch of a receiver without a position."""
    in_view = in_view_by(epoch.views)
    return Fix(
        mono_ns=epoch.mono_ns,
        mode="none",
        utc=utc,
        date_origin=origin,
        in_view=sum(in_view.values()) if epoch.views else None,
        in_view_by=in_view,
        quality=0,
        inferred=inferred,
    )


def solve(epoch: Epoch, place: Place, mode: Mode, when: tuple[datetime | None, DateOrigin | None]) -> Fix:
    """The fix of an epoch at a place; what the sentences don't give stays None."""
    speed, course = epoch.motion()
    used, in_view = epoch.used(), in_view_by(epoch.views)
    satellites = epoch.satellites()
    quality = next((p.quality for p in epoch.valid if p.quality is not None), None)
    return Fix(
        mono_ns=epoch.mono_ns,
        mode=mode,
        utc=when[0],
        date_origin=when[1],
        lat=place.lat,
        lon=place.lon,
        alt=epoch.first("alt"),
        geoid=epoch.first("geoid"),
        speed=speed,
        course=course,
        quality=quality,
        satellites=sum(used.values()) or None if satellites is None else satellites,
        in_view=sum(in_view.values()) if epoch.views else None,
        used_by=used,
        in_view_by=in_view,
        hdop=epoch.first("hdop") or epoch.dilution("hdop"),
        pdop=epoch.dilution("pdop"),
        vdop=epoch.dilution("vdop"),
        accuracy=epoch.accuracies.get("GST", epoch.accuracies.get("GBS")),
    )
