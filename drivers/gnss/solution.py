"""What one epoch's sentences say together: the merge of an epoch into a `Fix`. Pure."""

from datetime import date, datetime
from functools import cached_property

from drivers.gnss.fields import Place
from drivers.gnss.nmea import Accuracy, Active, Calendar, InView, Motion, Position, Sentence
from drivers.readings import Fix, Mode

_ORDER = ("GGA", "GNS", "RMC", "GLL")  # whose word counts first, all else being equal

_REPEATS = (
    16  # sentences of one kind in an epoch: GSA comes once per constellation, GSV once per four satellites
)


class Epoch:
    """The sentences of one instant; `tod` is ms since midnight UTC or None while none of them said."""

    def __init__(self, tod: int | None, mono_ns: int) -> None:
        self.tod, self.mono_ns = tod, mono_ns
        self.counts: dict[str, int] = {}
        self.last = ""
        self.positions: list[Position] = []
        self.motions: list[Motion] = []
        self.actives: list[Active] = []
        self.in_view: dict[str, int] = {}
        self.accuracies: dict[str, float] = {}
        self.day: date | None = None

    def add(self, s: Sentence) -> None:
        """Take a sentence in; of a receiver that repeats itself without end, only the first ones."""
        self.counts[s.id] = self.counts.get(s.id, 0) + 1
        self.last = s.id
        if self.counts[s.id] > _REPEATS:
            return
        match s:
            case Position():
                self.positions.append(s)
                self.tod = s.tod if self.tod is None else self.tod
                self.day = self.day or s.day
            case Motion():
                self.motions.append(s)
            case Active():
                self.actives.append(s)
            case InView():
                self.in_view[s.id] = max(s.count, self.in_view.get(s.id, 0))  # one per signal since 4.11
            case Accuracy(metres=float(metres)):
                self.accuracies[s.id[2:]] = metres
            case Calendar():
                self.day = s.day or self.day  # four digits of year against two
            case _:
                pass

    @cached_property
    def valid(self) -> list[Position]:
        """The positions that stand, best first; asked only when the epoch is complete."""
        standing = [p for p in self.positions if p.valid]
        return sorted(standing, key=lambda p: _ORDER.index(p.id[2:]))

    @property
    def disputed(self) -> bool:
        """Whether some of the sentences have a position that others call invalid."""
        return bool(self.valid) and any(p.place and not p.valid for p in self.positions)

    def place(self) -> Place | None:
        """The position written with the most digits."""
        places = [p.place for p in self.valid if p.place]
        return max(places, key=lambda p: p.digits, default=None)

    @property
    def dimension(self) -> int | None:
        """2 or 3 by GSA's word or by an altitude, None when neither was there."""
        said = max((a.dimension for a in self.actives), default=1)
        return said if said > 1 else 3 if self.first("alt") is not None else None

    def first(self, name: str) -> float | None:
        """The first value given for a field of the valid positions."""
        return next((v for p in self.valid if (v := getattr(p, name)) is not None), None)

    def dilution(self, name: str) -> float | None:
        """The dilution that GSA gave."""
        return next((v for a in self.actives if (v := getattr(a, name)) is not None), None)

    def satellites(self) -> int | None:
        """Satellites used: GGA's or GNS's word, else counted in GSA."""
        counts = [p.satellites for p in self.valid if p.satellites is not None]
        used = {(a.id, s) for a in self.actives for s in a.used}
        return max(counts) if counts else len(used) or None

    def motion(self) -> tuple[float | None, float | None]:
        """Speed and course: RMC's word, else VTG's."""
        spoken = [(p.speed, p.course) for p in self.valid] + [(m.speed, m.course) for m in self.motions]
        speed = next((s for s, _ in spoken if s is not None), None)
        return speed, next((c for _, c in spoken if c is not None), None)


def no_fix(epoch: Epoch, utc: datetime | None, inferred: tuple[str, ...]) -> Fix:
    """The epoch of a receiver without a position."""
    in_view = sum(epoch.in_view.values()) if epoch.in_view else None
    return Fix(mono_ns=epoch.mono_ns, mode="none", utc=utc, in_view=in_view, quality=0, inferred=inferred)


def solve(epoch: Epoch, place: Place, utc: datetime | None, mode: Mode, inferred: tuple[str, ...]) -> Fix:
    """The fix of an epoch at a place; what the sentences don't give stays None."""
    speed, course = epoch.motion()
    quality = next((p.quality for p in epoch.valid if p.quality is not None), None)
    accuracy = epoch.accuracies.get("GST", epoch.accuracies.get("GBS"))
    return Fix(
        mono_ns=epoch.mono_ns,
        mode=mode,
        utc=utc,
        lat=place.lat,
        lon=place.lon,
        alt=epoch.first("alt"),
        geoid=epoch.first("geoid"),
        speed=speed,
        course=course,
        quality=quality,
        satellites=epoch.satellites(),
        in_view=sum(epoch.in_view.values()) if epoch.in_view else None,
        hdop=epoch.first("hdop") or epoch.dilution("hdop"),
        pdop=epoch.dilution("pdop"),
        vdop=epoch.dilution("vdop"),
        accuracy=accuracy,
        inferred=inferred,
    )
