"""The simulated world is consistent with itself."""

import math

from hypothesis import given
from hypothesis import strategies as st

from agent.demo.scenario import TRIP
from drivers.sim.truck import Leg, Trip

legs = st.lists(
    st.builds(
        Leg,
        says=st.just("x"),
        seconds=st.floats(1, 30),
        speed=st.floats(0, 25),
        bed=st.sampled_from(["empty", "covered", "uncovered"]),
        sky=st.booleans(),
        network=st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


def metres(a, b):
    north = (b.lat - a.lat) * 111_195
    east = (b.lon - a.lon) * 111_195 * math.cos(math.radians(a.lat))
    return math.hypot(north, east)


@given(legs, st.floats(-5, 200), st.floats(0, 5))
def test_no_jump_is_faster_than_the_fastest_leg(legs, t, step):
    trip = Trip(31.0, 121.0, 75.0, tuple(legs))
    fastest = max(leg.speed for leg in legs)
    assert metres(trip.at(t).pose, trip.at(t + step).pose) <= fastest * step * 1.01 + 0.01


@given(st.floats(0, 200))
def test_the_receiver_sees_the_pose_exactly_where_there_is_sky(t):
    moment = TRIP.at(t)
    assert TRIP.seen_by_receiver(t) == (moment.pose if moment.leg.sky else None)


def test_it_stands_before_the_start_and_keeps_its_last_leg_after_the_end():
    assert TRIP.at(-10).pose == TRIP.at(0).pose
    assert TRIP.at(TRIP.seconds + 100).number == len(TRIP.legs) - 1
