"""A loaded truck on a plane near the equator, told to a timeline: for the tests of the rules of hauling."""

from datetime import datetime

from agent.model import Tick
from agent.rule_layers import Charge, Layer, Limits, Permit, Permits, Route, Shift, Zone

DEGREE_M = 111_195.0
UTC_OFFSET_S = 8 * 3600
NOON = round(datetime.fromisoformat("2026-11-24T06:00:00+00:00").timestamp())  # the timeline's first second
CLOCKS = {"Asia/Shanghai": ((0, UTC_OFFSET_S),)}
TUESDAY = 24 * 60
LIMITS = Limits(
    off_route_s=20, off_route_m=100, outside_hours_s=20, no_permit_s=20, speeding_s=5, forbidden_s=10,
    stop_s=60, over_s=5, unobserved_s=60, unchecked_s=20, error_m=5,
)  # fmt: skip
CHARGES = {
    name: Charge("violation", ("城管",))
    for name in ("no_permit", "off_route", "outside_hours", "speeding", "forbidden_zone")
} | {"overlong_stop": Charge("notice", ("城管", "公安"))}


def m(east, north=0.0):
    """Metres from (0.1, 0.1) as (lon, lat) degrees."""
    return 0.1 + east / DEGREE_M, 0.1 + north / DEGREE_M


def box(name, role, west, east, **more):
    """A zone from `west` to `east`, 400 m wide across the road."""
    return Zone(name, role, (m(west, -200), m(east, -200), m(east, 200), m(west, 200)), **more)


def permit(name="p", **more):
    values = {"begins": NOON - 3600, "ends": NOON + 86_400, "time_zone": "Asia/Shanghai", "company": "c"}
    return Permit(name, **(values | more))


def permits(*known, as_of=NOON - 60, **more):
    return Permits(as_of, known, **more)


def road(*corners, width_m=40.0):
    return Route("r", tuple(corners), width_m)


def hours(start, end):
    """Hours of the timeline's Tuesday, local time."""
    return (Shift(TUESDAY + start * 60, TUESDAY + end * 60),)


class Drive:
    """A truck at `east`, `north` (m); it goes east."""

    def __init__(self, timeline, *, load="covered", limits=LIMITS, **settings):
        if settings.get("permits"):
            settings.setdefault("layers", {"permits": Layer("h", 1, file=True)})
        values = {"zones": (), "limits": limits, "clocks": CLOCKS, "charges": CHARGES, "rules": "1+x"}
        self.t = timeline(change_after_s=2.0, **(values | settings))
        self.east, self.north, self.load = 0.0, 0.0, load
        self.go(6, 0)

    def go(self, seconds, speed=10.0, **fix):
        """Second by second a fix, a reading and a tick; `load` None shows nothing, "" no picture at all."""
        for _ in range(round(seconds)):
            self.t.at += 1
            self.east += speed
            self.t.fix(speed, at=m(self.east, self.north), **({"accuracy": 2.5} | fix))
            if self.load != "":
                self.t.see(self.load)
            self.t.feed(Tick(self.t.now))
        return self

    def wait(self, seconds):
        """Time without any fix."""
        for _ in range(round(seconds)):
            self.t.at += 1
            self.t.feed(Tick(self.t.now))
        return self

    def told(self, kind):
        """The records of an episode: (start, end) where they are there."""
        return self.t.emitted(f"{kind}.started"), self.t.emitted(f"{kind}.ended")

    def one(self, kind):
        """The one start and the one end of an episode."""
        (started,), (ended,) = self.told(kind)
        assert started.subject == ended.subject
        return started.data, ended.data

    def quiet(self, *but):
        """Whether no rule of hauling said anything."""
        kinds = {*CHARGES, "could_not_check"} - {*but}
        return not any(self.told(kind) != ([], []) for kind in kinds)
