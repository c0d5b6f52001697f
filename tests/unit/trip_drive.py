"""A truck with a camera and switches between sites, told to a timeline: for the tests of trips."""

import msgspec

from agent.model import Tick
from agent.rule_layers import Charge, Layer
from agent.rule_trips import TripLimits
from drivers.readings import SwitchState
from tests.unit.haul_drive import CHARGES, CLOCKS, LIMITS, box, m

ZONES = (
    box("north", "loading", -200, 200),
    box("east", "loading", 2000, 2400),
    box("tip", "disposal", 6000, 6400),
    box("field", "disposal", 8000, 8400),
    box("hill", "risk", 4000, 4400),
)
TRIP_LIMITS = TripLimits(hold_s=3, stop_s=30, lift_s=5, unseen_s=20, correct_s=600, alone_s=60)
TRIP_CHARGES = CHARGES | {
    kind: Charge("violation", ("城管",)) for kind in ("suspicious_loading", "suspicious_unloading")
}


class TripDrive:
    """A truck at `east` (m) that goes east; `see` is what its camera shows, `lift` and `load` are switches.

    None: unknown picture, no such switch. `gnss` False: no fixes; `says_speed` False: fixes without a speed.
    """

    def __init__(self, timeline, *, see="empty", lift=None, load=None, east=0.0, **settings):
        zones = settings.setdefault("zones", ZONES)
        if zones:
            settings.setdefault("layers", {"zones": Layer("z", len(zones), file=True)})
        if settings.get("permits"):
            settings["layers"] = settings["layers"] | {"permits": Layer("h", 1, file=True)}
        values = {"limits": LIMITS, "clocks": CLOCKS, "charges": TRIP_CHARGES, "rules": "1+x"}
        values |= {"trips": TRIP_LIMITS, "local_zone": "Asia/Shanghai"}
        self.t = timeline(change_after_s=2.0, **(values | settings))
        self.see, self.lift, self.load, self.gnss, self.says_speed = see, lift, load, True, True
        self.east, self.north = east, 0.0
        self.go(10, 0)

    def second(self, speed, **fix):
        t = self.t
        t.at += 1
        self.east += speed
        for role, word in (("lift", self.lift), ("load", self.load)):
            if word is not None:
                t.feed(SwitchState(t.now, role, word))
        if self.gnss:
            said = abs(speed) if self.says_speed else None
            t.fix(said, at=m(self.east, self.north), **({"accuracy": 2.5} | fix))
        if self.see != "":
            t.see(self.see)
        t.feed(Tick(t.now))

    def go(self, seconds, speed=10.0, **fix):
        for _ in range(round(seconds)):
            self.second(speed, **fix)
        return self

    def to(self, east, speed=20.0):
        """Drive to a place."""
        while self.east < east:
            self.second(min(speed, east - self.east) or speed)
        while self.east > east:
            self.second(-min(speed, self.east - east))
        return self

    def stand(self, seconds, *, see=None, lift=None, load=None):
        """Stand; what changes meanwhile changes after ten seconds."""
        self.go(min(10, seconds), 0)
        self.see = self.see if see is None else see
        self.lift = self.lift if lift is None else lift
        self.load = self.load if load is None else load
        return self.go(max(0, seconds - 10), 0)

    def tip(self, seconds=60, *, see="empty"):
        """Stand with the lift up; then it is lowered."""
        self.go(10, 0)
        self.lift = True
        self.go(seconds / 2, 0)
        self.see = see
        self.go(seconds / 2, 0)
        self.lift = False
        return self.go(15, 0)

    def dark(self):
        self.see = None
        return self

    def restart(self, *, new_boot=False, clean=False, away=0.0):
        """The agent starts again, or the unit."""
        t = self.t
        last = None if new_boot else t.now
        t.at += away
        if new_boot:
            number = int(t.settings.boot[-1], 16) if t.settings.boot[-1].isdecimal() else 0
            t.settings = msgspec.structs.replace(t.settings, boot=f"b00t{number + 1}")
        t.start(first=False, new_boot=new_boot, clean=clean, last_mono_ns=last)
        return self

    @property
    def trips(self):
        """All records of trips."""
        return self.t.emitted("trip.started", "trip.updated", "trip.ended")

    @property
    def trip(self):
        """The newest version of the newest trip."""
        return self.trips[-1].data

    def told(self, kind):
        return self.t.emitted(f"{kind}.started"), self.t.emitted(f"{kind}.ended")

    def accused(self):
        return [e.type for e in self.t.emitted() if e.type.startswith("suspicious_")]


def honest(timeline, **more):
    """Loaded in the north, hauled under cover, to the tip."""
    drive = TripDrive(timeline, lift=False, load=False, **more)
    drive.stand(90, see="uncovered", load=True)
    drive.see = "covered"
    return drive.go(20, 0).to(6200)
