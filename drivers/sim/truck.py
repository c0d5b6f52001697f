"""One world that moves the receiver and the cameras together, and knows the truth."""

import math
from typing import Literal

import msgspec

from drivers.sim.nmea import Pose

Bed = Literal["empty", "covered", "uncovered"]
_METRES_PER_DEGREE = 111_195.0  # mean earth radius (IUGG) times pi/180


class Leg(msgspec.Struct, frozen=True):
    """A stretch of the trip with all constant: s, m/s, what lies in the bed, sky and network or not."""

    says: str
    seconds: float
    speed: float
    bed: Bed
    sky: bool = True
    network: bool = True


class Moment(msgspec.Struct, frozen=True):
    """The world at one time; `pose` is the truth, also where the receiver sees no sky."""

    leg: Leg
    number: int
    pose: Pose


class Trip(msgspec.Struct, frozen=True):
    """Legs one after the other along a straight road from (lat, lon) on `course` degrees."""

    lat: float
    lon: float
    course: float
    legs: tuple[Leg, ...]

    @property
    def seconds(self) -> float:
        """The whole duration."""
        return sum(leg.seconds for leg in self.legs)

    def begins(self, number: int) -> float:
        """When leg `number` begins, s from the start."""
        return sum(leg.seconds for leg in self.legs[:number])

    def at(self, t: float) -> Moment:
        """The world `t` seconds from the start; before and after it stands in the first and last leg."""
        left, driven, number = max(0.0, t), 0.0, 0
        while number < len(self.legs) - 1 and left >= self.legs[number].seconds:
            left -= self.legs[number].seconds
            driven += self.legs[number].seconds * self.legs[number].speed
            number += 1
        leg = self.legs[number]
        return Moment(leg, number, self._pose(driven + left * leg.speed, leg.speed))

    def seen_by_receiver(self, t: float) -> Pose | None:
        """The pose where there is sky."""
        moment = self.at(t)
        return moment.pose if moment.leg.sky else None

    def _pose(self, driven_m: float, speed: float) -> Pose:
        north = driven_m * math.cos(math.radians(self.course))
        east = driven_m * math.sin(math.radians(self.course))
        return Pose(
            lat=self.lat + north / _METRES_PER_DEGREE,
            lon=self.lon + east / (_METRES_PER_DEGREE * math.cos(math.radians(self.lat))),
            alt=12.0,
            speed=speed,
            course=self.course if speed else 0.0,
        )


class Interval(msgspec.Struct, frozen=True):
    """From and to, s from the start of the trip."""

    begin: float
    end: float


class Transition(msgspec.Struct, frozen=True):
    """The bed changed at a time and a place; `leaves`: when the truck next moves, s."""

    at: float
    leaves: float
    before: Bed
    after: Bed
    pose: Pose


class Truth(msgspec.Struct, frozen=True):
    """What really happened, in the terms the platform is told it."""

    uncovered: tuple[Interval, ...]
    transitions: tuple[Transition, ...]
    no_fix: tuple[Interval, ...]
    no_link: tuple[Interval, ...]


def truth(trip: Trip) -> Truth:
    """The truth of a trip: `uncovered` is an open load on a moving truck, wherever it is."""
    changes = [
        Transition(
            trip.begins(i), _leaves(trip, i), trip.legs[i - 1].bed, leg.bed, trip.at(trip.begins(i)).pose
        )
        for i, leg in enumerate(trip.legs)
        if i and trip.legs[i - 1].bed != leg.bed
    ]
    return Truth(
        uncovered=_runs(trip, [leg.bed == "uncovered" and leg.speed > 0 for leg in trip.legs]),
        transitions=tuple(changes),
        no_fix=_runs(trip, [not leg.sky for leg in trip.legs]),
        no_link=_runs(trip, [not leg.network for leg in trip.legs]),
    )


def _leaves(trip: Trip, number: int) -> float:
    moving = (i for i, leg in enumerate(trip.legs) if i >= number and leg.speed > 0)
    return trip.begins(next(moving, len(trip.legs)))


def _runs(trip: Trip, flags: list[bool]) -> tuple[Interval, ...]:
    """The stretches in which a flag holds from leg to leg."""
    runs: list[Interval] = []
    for i, flag in enumerate(flags):
        end = trip.begins(i + 1)
        if flag and i and flags[i - 1]:
            runs[-1] = Interval(runs[-1].begin, end)
        elif flag:
            runs.append(Interval(trip.begins(i), end))
    return tuple(runs)
