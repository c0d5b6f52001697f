"""What faults make of a position solution: errors of the signal's way, and deceit."""

import math
from datetime import datetime, timedelta
from random import Random

import msgspec

from drivers.sim.faults import Active, Fault
from drivers.sim.reception import Wander
from drivers.sim.solution import Pose

_EARTH_M = 6_371_008.8  # mean radius (IUGG)
_CANYON_S = 10.0  # how long an error lasts between buildings


def moved(pose: Pose, north_m: float, east_m: float, up_m: float = 0.0) -> Pose:
    """The pose at another place, m away on the plane around it."""
    lat = pose.lat + math.degrees(north_m / _EARTH_M)
    lon = pose.lon + math.degrees(east_m / (_EARTH_M * max(1e-6, math.cos(math.radians(pose.lat)))))
    return msgspec.structs.replace(
        pose,
        lat=max(-90.0, min(90.0, lat)),
        lon=(lon + 180) % 360 - 180 if abs(lon) > 180 else lon,
        alt=pose.alt + up_m,
    )


def wandering(pose: Pose, t: float, on: Active, wander: Wander, chance: Random) -> tuple[Pose, float]:
    """The pose with the errors of reflected signals at t, and their size (1 sigma, m)."""
    sigma, seconds = 0.0, _CANYON_S
    if "canyon" in on:
        sigma = on["canyon"].number("metres")
    if "multipath" in on:
        sigma, seconds = on["multipath"].number("metres"), on["multipath"].number("seconds")
    east, north, up = wander.at(t, sigma, seconds, chance)
    return (moved(pose, north, east, up) if sigma else pose), sigma


def deceived(pose: Pose, t: float, on: Active) -> Pose:
    """The pose that jump, spoof and speed_zero leave."""
    if "jump" in on:
        pose = _shifted(pose, on["jump"], on["jump"].number("metres"))
    if "spoof" in on:
        pose = _spoofed(pose, on["spoof"], t)
    if "speed_zero" in on:
        pose = msgspec.structs.replace(pose, speed=0.0)
    return pose


def misdated(utc: datetime, on: Active) -> datetime:
    """The time that rollover and spoof leave; the true one where the calendar ends."""
    shift = timedelta()
    if "rollover" in on:
        shift += timedelta(weeks=1024 * on["rollover"].number("periods"))
    if "spoof" in on:
        shift += timedelta(seconds=on["spoof"].number("seconds"))
    try:
        return utc + shift
    except OverflowError:
        return utc


def _shifted(pose: Pose, fault: Fault, metres: float) -> Pose:
    course = math.radians(fault.number("course"))
    return moved(pose, metres * math.cos(course), metres * math.sin(course))


def _spoofed(pose: Pose, spoof: Fault, t: float) -> Pose:
    if not math.isnan(spoof.number("lat")):
        pose = msgspec.structs.replace(pose, lat=spoof.number("lat"), lon=spoof.number("lon"))
    else:
        pose = _dragged(pose, spoof, t - spoof.at)
    alt = spoof.number("alt")
    return pose if math.isnan(alt) else msgspec.structs.replace(pose, alt=alt)


def _dragged(pose: Pose, spoof: Fault, seconds: float) -> Pose:
    """Away from the truth at the spoofer's speed, which the reported velocity contains."""
    mps, drag, own = spoof.number("mps"), math.radians(spoof.number("course")), math.radians(pose.course)
    north = pose.speed * math.cos(own) + mps * math.cos(drag)
    east = pose.speed * math.sin(own) + mps * math.sin(drag)
    pose = _shifted(pose, spoof, mps * seconds)
    course = math.degrees(math.atan2(east, north)) % 360
    return msgspec.structs.replace(pose, speed=math.hypot(north, east), course=course)
