"""Rest: the ignition goes off, the unit sleeps, wakes and stops; the supply falls."""

import pytest

from agent.model import Halt, Rest, Sampling, Shift, Tick, Track
from agent.rule_unit import Power
from drivers.readings import SupplyState, SwitchState

QUICK = Power(then="sleep", sleep_after_s=30, stop_after_s=60, asleep_track_s=20, floor_after_s=5)


class Night:
    """A truck that stands; its ignition says `on`."""

    def __init__(self, timeline, power=QUICK, **settings):
        self.t = timeline(power=power, **settings)
        self.on = True

    def go(self, seconds, speed=0.0, volts=None):
        for _ in range(seconds):
            self.t.at += 1
            if self.on is not None:
                fault = None if isinstance(self.on, bool) else "lost"
                self.t.feed(SwitchState(self.t.now, "ignition", None if fault else self.on, fault))
            if volts is not None:
                self.t.feed(SupplyState(self.t.now, volts, low=volts < 10.5))
            self.t.fix(speed)
            self.t.see("covered")
            self.t.feed(Tick(self.t.now))
        return self

    def all(self, kind):
        return [e for e in self.t.effects if isinstance(e, kind)]

    def gaps(self, kind, source="ignition"):
        return [e for e in self.t.emitted(kind) if e.data["source"] == source]


@pytest.fixture
def night(timeline):
    return lambda *power, **settings: Night(timeline, *power, **settings)


def test_the_ignition_goes_off_and_after_a_while_the_unit_sleeps(night):
    truck = night().go(5)
    truck.on = False
    truck.go(1)
    assert [e.fps for e in truck.all(Sampling)][-1] == 0.2, "slower at once"
    truck.go(28)
    assert truck.all(Rest) == []
    truck.go(2)
    assert truck.all(Rest) == [Rest(asleep=True)]
    assert [e.fps for e in truck.all(Sampling)][-1] == 0.0
    assert truck.gaps("gap.started")[0].data["why"] == "ignition off"
    before = len(truck.all(Track))
    truck.go(100)
    assert len(truck.all(Track)) - before == 5, "a position now and then"
    open_gaps = {e.data["source"] for e in truck.t.emitted("gap.started")} - {
        e.data["source"] for e in truck.t.emitted("gap.ended")
    }
    assert open_gaps == {"ignition", "link:city"}, "nothing else is missed"
    truck.on = True
    truck.go(1)
    assert truck.all(Rest)[-1] == Rest(asleep=False)
    assert 100 <= truck.gaps("gap.ended")[0].data["seconds"] <= 102
    assert [e.fps for e in truck.all(Sampling)][-1] == 0.2, "parked"
    truck.go(5, speed=10.0)
    assert [e.fps for e in truck.all(Sampling)][-1] == 1.0
    assert len(truck.all(Track)) - before == 5 + 6
    assert truck.all(Halt) == []


@pytest.mark.parametrize("says", [None, "lost"])
def test_nobody_sleeps_on_a_doubt(night, says):
    truck = night()
    truck.on = False
    truck.go(40)
    truck.on = says
    truck.go(60)
    assert truck.all(Rest) == [Rest(asleep=True), Rest(asleep=False)]


def test_a_truck_that_moves_with_its_ignition_off_is_watched(night):
    truck = night()
    truck.on = False
    truck.go(100, speed=10.0)
    assert truck.all(Rest) == []
    truck.go(40)
    assert truck.all(Rest) == [Rest(asleep=True)]
    truck.go(2, speed=10.0)
    assert truck.all(Rest) == [Rest(asleep=True), Rest(asleep=False)]


def test_it_may_stop_some_time_after_it_fell_asleep(night):
    truck = night(Power(then="stop", sleep_after_s=30, stop_after_s=60))
    truck.on = False
    truck.go(85)
    assert truck.all(Halt) == []
    truck.go(40)
    (halt,) = truck.all(Halt)
    assert halt.cause == "ignition"


def test_a_low_supply_stops_it_unless_it_recovers(night):
    truck = night().go(10, volts=12.6)
    truck.go(4, volts=9.8).go(5, volts=12.6)
    assert truck.all(Halt) == []
    truck.go(8, volts=9.8)
    (halt,) = truck.all(Halt)
    assert (halt.cause, halt.reason) == ("supply", "supply low: 9.8 V for 5 s")
    assert truck.t.last("supply.low").data["volts"] == 9.8


def test_a_start_wakes_it_up(night):
    truck = night()
    truck.on = False
    truck.go(40)
    truck.t.start(first=False, new_boot=False, last_mono_ns=truck.t.now)
    assert truck.all(Rest)[-1] == Rest(asleep=False)
    assert truck.gaps("gap.ended")[-1].data["reason"] == "interrupted"
    assert truck.all(Sampling)[-1].fps > 0
    truck.go(40)
    assert truck.all(Rest)[-1] == Rest(asleep=True)


def test_it_sleeps_off_duty_too_and_no_picture_is_taken_at_the_wake(night):
    tuesday = 24 * 60 + 14 * 60  # the timeline's first minute, local time
    truck = night(shifts=(Shift(tuesday, tuesday + 1),), offsets=((0, 8 * 3600),)).go(70)
    truck.on = False
    truck.go(40)
    assert truck.all(Rest) == [Rest(asleep=True)]
    truck.on = True
    truck.go(5)
    assert [e.fps for e in truck.all(Sampling)][-1] == 0.0
    assert set(truck.t.state.coverage.sources) == {"link:city"}
