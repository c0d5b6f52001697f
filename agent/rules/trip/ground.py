"""What happened on the ground since it was last sure whether the truck is loaded.

Where a load came from or went to is told by this: stops, the lift, gaps in which nobody saw the truck, and
the sites that it came by slowly. Surely outside a site is what is so by more than its grace and the error of
the position.
"""

import msgspec

from agent.model import Settings
from agent.rule_layers import Role
from agent.rules.haul.scene import Scene
from agent.rules.motion import SECOND
from agent.rules.trip.moment import Moment, Offsets, apart_s
from drivers.geodesy import apart_m

SLOW_MPS = 5.0  # nothing is loaded or tipped faster
_FASTEST_MPS = 25.0  # no loaded truck is faster than 90 km/h
_FAR_M = 5_000.0  # a gap in which the truck could get so far might have held any site
_SAME_M = 100.0
_UNHEARD_NS = 10 * SECOND
_MOST, _FIXES = 12, 8
change = msgspec.structs.replace
Where = tuple[float, float]
Seen = tuple[int, float, float, float | None]
"""A fix: ns, latitude, longitude, speed (m/s)."""


class Stop(msgspec.Struct, frozen=True):
    """The truck stood; `way_m` is the odometer there, `fixes` are every `stride`-th of `count`.

    `loading`, `disposal`: the site that it may have been in; `risk`: zones of that role it surely was in.
    """

    since: Moment
    place: Where
    seen: Moment
    way_m: float
    over: bool = False
    loading: str | None = None
    disposal: str | None = None
    risk: tuple[str, ...] = ()
    lifted: bool = False
    fixes: tuple[Seen, ...] = ()
    count: int = 1
    stride: int = 1

    @property
    def seconds(self) -> float:
        """For how long it stood, as far as it was seen."""
        return (self.seen.ns - self.since.ns) / SECOND


class Lift(msgspec.Struct, frozen=True):
    """The lift was raised, from `since` until it was last `seen` so; `place` None: not known.

    `accused`: with a load on, and surely outside every disposal site.
    """

    since: Moment
    seen: Moment
    place: Where | None
    way_m: float
    over: bool = False
    stopped: bool = False
    loading: str | None = None
    disposal: str | None = None
    accused: bool = False

    @property
    def seconds(self) -> float:
        """For how long it was raised, as far as it was seen."""
        return (self.seen.ns - self.since.ns) / SECOND


class Gap(msgspec.Struct, frozen=True):
    """Nobody saw where the truck was: `why` is fix, stopped (in order), cut (without warning) or off_duty.

    `open`: it goes on, and a fix is awaited since `waiting` (ns of the present boot). `loading`, `disposal`:
    whether such a site could be reached meanwhile; `sites`: those in which it begins or ends, by role.
    """

    since: Moment
    until: Moment
    why: str
    place: Where | None
    way_m: float
    waiting: int
    open: bool = True
    loading: bool = True
    disposal: bool = True
    sites: dict[str, str] = {}

    @property
    def seconds(self) -> float | None:
        """How long it is; None over boots."""
        return None if self.since.boot != self.until.boot else (self.until.ns - self.since.ns) / SECOND


class Ground(msgspec.Struct, frozen=True):
    """`here`: the sites of the newest fix by role; `touched`: those come by slowly, with the last moment.

    `speedless`: for some time nobody knew whether it stood.
    """

    stops: tuple[Stop, ...] = ()
    lifts: tuple[Lift, ...] = ()
    gaps: tuple[Gap, ...] = ()
    touched: dict[str, tuple[str, Moment, Where]] = {}
    here: dict[str, str] = {}
    speedless: bool = False


def sites(scene: Scene) -> dict[str, str]:
    """The loading and disposal site that the truck may be in, by role."""
    margin = scene.settings.grace_m + scene.error_m
    found: dict[str, tuple[float, str]] = {}
    for zone, away in scene.near:
        if zone.role in ("loading", "disposal") and away <= margin:
            found[zone.role] = min(found.get(zone.role, (away, zone.id)), (away, zone.id))
    return {role: name for role, (_, name) in found.items()}


def tread(ground: Ground, scene: Scene) -> Ground:
    """Take the moment of a fit fix."""
    here = sites(scene)
    speed = scene.fix.speed
    touched = ground.touched
    if here and (speed is None or speed < SLOW_MPS):
        at = Moment(scene.settings.boot, scene.now)
        touched = touched | {role: (name, at, (scene.lat, scene.lon)) for role, name in here.items()}
    speedless = ground.speedless or scene.moving is None
    if (here, speedless) == (ground.here, ground.speedless) and touched is ground.touched:
        return ground
    return change(ground, here=here, touched=touched, speedless=speedless)


def stood(stop: Stop | None, scene: Scene, way_m: float, *, lifted: bool) -> Stop | None:
    """The present stop after the moment of a fit fix: begun, longer, or over."""
    since, boot = scene.motion.slow_since, scene.settings.boot
    still = scene.moving is not None and since is not None
    near = stop is not None and apart_m(stop.place, (scene.lat, scene.lon)) <= _SAME_M
    if stop is not None and not (still and near):
        return change(stop, over=True)
    if not still or since is None:
        return None
    if stop is None:
        at = Moment(boot, since)
        stop = Stop(at, (scene.lat, scene.lon), at, way_m)
    return _longer(stop, scene, lifted=lifted)


def _longer(stop: Stop, scene: Scene, *, lifted: bool) -> Stop:
    here = sites(scene)
    fixes, stride = stop.fixes, stop.stride
    if stop.count % stride == 0 or not fixes:
        fixes = (*fixes, (scene.now, scene.lat, scene.lon, scene.fix.speed))
        if len(fixes) > _FIXES:
            fixes, stride = fixes[::2], stride * 2
    risk = {z.id for z, away in scene.near if z.role == "risk" and away < -scene.error_m}
    return change(
        stop,
        seen=Moment(scene.settings.boot, scene.now),
        loading=here.get("loading", stop.loading),
        disposal=here.get("disposal", stop.disposal),
        risk=tuple(sorted({*stop.risk, *risk})),
        lifted=stop.lifted or lifted,
        fixes=fixes,
        count=stop.count + 1,
        stride=stride,
    )


def with_stop(ground: Ground, stop: Stop, settings: Settings) -> Ground:
    """A stop is over; one that was too short to load or tip anything is forgotten."""
    if stop.seconds < settings.trips.stop_s:
        return ground
    return change(ground, stops=(*ground.stops, stop)[-_MOST:])


def with_gap(ground: Ground, gap: Gap) -> Ground:
    """Nobody sees the truck from now on."""
    return change(ground, gaps=(*ground.gaps, gap)[-_MOST:])


def seen_again(ground: Ground, scene: Scene, offsets: Offsets) -> Ground:
    """A fit fix ends the gap that was open, and says how far the truck can have gone meanwhile."""
    if not ground.gaps or not ground.gaps[-1].open:
        return ground
    gap, now = ground.gaps[-1], Moment(scene.settings.boot, scene.now)
    seconds, here = apart_s(gap.since, now, offsets), (scene.lat, scene.lon)
    closed = change(
        gap,
        until=now,
        open=False,
        sites=gap.sites | sites(scene),
        loading=_reachable(scene.settings, gap.place, here, seconds, "loading"),
        disposal=_reachable(scene.settings, gap.place, here, seconds, "disposal"),
    )
    return change(ground, gaps=(*ground.gaps[:-1], closed))


def _reachable(settings: Settings, a: Where | None, b: Where, seconds: float | None, role: Role) -> bool:
    """Whether a truck may have been in a site of this role on its way between two places; rather yes."""
    if seconds is None or a is None:
        return True
    reach = _FASTEST_MPS * max(0.0, seconds) / 2 + settings.grace_m
    if reach > _FAR_M:
        return True
    lat, lon = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
    return any(zone.role == role for zone, _ in settings.map.about(lon, lat, reach))


def raised(ground: Ground, up: bool | None, now: Moment, place: Where | None, way_m: float) -> Ground:  # noqa: FBT001
    """Follow the lift: raised, lowered, or (None) not heard; one that is not heard may still be raised."""
    last = ground.lifts[-1] if ground.lifts and not ground.lifts[-1].over else None
    if last is None:
        return change(ground, lifts=(*ground.lifts, Lift(now, now, place, way_m))[-_MOST:]) if up else ground
    if up:
        here = ground.here
        loading, disposal = last.loading or here.get("loading"), last.disposal or here.get("disposal")
        last = change(last, seen=now, loading=loading, disposal=disposal)
    elif up is False or now.boot != last.seen.boot or now.ns - last.seen.ns > _UNHEARD_NS:
        last = change(last, over=True)
    return change(ground, lifts=(*ground.lifts[:-1], last))


def stands(ground: Ground, stop: Stop | None) -> Ground:
    """The lift is raised while the truck stands."""
    last = ground.lifts[-1] if ground.lifts else None
    if stop is None or last is None or last.over or last.stopped:
        return ground
    return change(ground, lifts=(*ground.lifts[:-1], change(last, stopped=True)))


def lifted(ground: Ground, settings: Settings) -> tuple[Lift, ...]:
    """The times that the lift was raised for long enough to tip."""
    return tuple(lift for lift in ground.lifts if lift.seconds >= settings.trips.lift_s)


def shed(ground: Ground, settings: Settings, now: Moment) -> Ground:
    """It is sure again that the truck is as it was: what ended long enough ago changed nothing."""

    def late(moment: Moment) -> bool:
        return moment.boot == now.boot and now.ns - moment.ns <= settings.trips.late_s * SECOND

    kept = Ground(
        tuple(stop for stop in ground.stops if late(stop.seen)),
        tuple(lift for lift in ground.lifts if not lift.over or late(lift.seen)),
        tuple(gap for gap in ground.gaps if gap.open or late(gap.until)),
        {role: found for role, found in ground.touched.items() if late(found[1])},
        ground.here,
    )  # whether it stood is known, or will be said again
    return ground if kept == ground else kept
