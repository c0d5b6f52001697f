"""A trip as it stands in the stream `trip`: the whole of it in each version."""

from typing import Any

from agent.geometry.cell import cell_of
from agent.model import Emit, Settings
from agent.rules.charges import versions
from agent.rules.trip.ground import Where
from agent.rules.trip.moment import Moment, hour, shown
from agent.rules.trip.state import Trips
from agent.rules.trip.trip import Hauled, Trip
from agent.rules.trip.verdict import verdict
from agent.rules.trip.where import Turn

Data = dict[str, Any]


def told(what: str, trip: Trip, trips: Trips, settings: Settings) -> Emit:
    """The record of a version; `what` is started, updated or ended."""
    word, reasons, unchecked = verdict(trip, settings)
    ends = [trip.loaded[0].confidence, *([] if trip.emptied is None else [trip.emptied.confidence])]
    data = {
        "version": trip.version,
        "corrected": trip.corrected,
        "loaded": [turned(turn, trips, settings) for turn in trip.loaded],
        "partly_unloaded": [turned(turn, trips, settings) for turn in trip.partly],
        "emptied": None if trip.emptied is None else turned(trip.emptied, trips, settings),
        "confidence": min(ends),
        "hauled": _hauled(trip, trips),
        "interruptions": {"count": trip.interrupted, "kept": _interruptions(trip, trips)},
        "violations": {
            "count": trip.violated,
            "kept": [{"kind": kind, "id": name} for kind, name in trip.violations],
        },
        "permit": {"id": trip.permit, "state": trip.standing, "valid": list(trip.permits)},
        "verdict": word,
        "reasons": list(reasons),
        "unchecked": list(unchecked),
        "thresholds": _thresholds(settings),
        **versions(settings),
    }
    return Emit("trip", f"trip.{what}", trip.id, data, "notice" if word == "suspicious" else "info")


def turned(turn: Turn, trips: Trips, settings: Settings) -> Data:
    """Where, when and why it is believed that the truck became loaded or empty."""
    earliest, latest = turn.between
    other = "loading" if turn.role == "disposal" else "disposal"
    site = {"id": turn.site, "role": turn.role} if turn.site else None
    if site is None and turn.back:
        site = {"id": turn.back, "role": other}
    return {
        "at": shown(turn.at, trips.offsets),
        "between": [shown(earliest, trips.offsets), shown(latest, trips.offsets)],
        "how": turn.how,
        "site": site,
        "outside": turn.outside,
        "gap": turn.gap,
        "dwell_s": None if turn.dwell_s is None else round(turn.dwell_s, 1),
        "by": list(turn.by),
        "against": list(turn.against),
        "confidence": round(turn.confidence, 2),
        **spot(turn.place, turn.at, trips, settings),
    }


def spot(place: Where | None, at: Moment | None, trips: Trips, settings: Settings) -> Data:
    """A place with its cell, and the local hour: what hot spots are made of."""
    where = None if place is None else {"lat": round(place[0], 7), "lon": round(place[1], 7), "crs": "WGS-84"}
    return {
        "place": where,
        "cell": None if place is None else cell_of(*place),
        "hour": hour(at, trips.offsets, settings),
    }


def _hauled(trip: Trip, trips: Trips) -> Data:
    hauled = trip.hauled
    end_m, end_bridged = trip.ended or (trips.way.m, trips.way.bridged_m)
    distance = max(0.0, end_m - trip.way_m)
    bridged = min(distance, max(0.0, end_bridged - trip.bridged_m))
    return {
        "distance_m": round(distance),
        "bridged_m": round(bridged),
        "moving_s": _moving(hauled),
        "covered_share": _covered(hauled),
        "fastest_mps": None if hauled.fastest_mps is None else round(hauled.fastest_mps, 2),
        "fastest_at": shown(hauled.fastest_at, trips.offsets),
        "gaps": {"count": hauled.gaps, "seconds": round(hauled.gap_s, 1)},
    }


def _moving(hauled: Hauled) -> Data:
    return {
        "covered": round(hauled.covered_s, 1),
        "partly": round(hauled.partly_s, 1),
        "uncovered": round(hauled.uncovered_s, 1),
        "unseen": round(hauled.unseen_s, 1),
    }


def _covered(hauled: Hauled) -> float | None:
    seen = hauled.covered_s + hauled.partly_s + hauled.uncovered_s
    return None if not seen else round(hauled.covered_s / seen, 3)


def _interruptions(trip: Trip, trips: Trips) -> list[Data]:
    return [
        {"why": i.why, "since": shown(i.since, trips.offsets), "until": shown(i.until, trips.offsets)}
        for i in trip.interruptions
    ]


def _thresholds(settings: Settings) -> Data:
    limits = settings.trips
    weights = {name: getattr(limits.weights, name) for name in limits.weights.__struct_fields__}
    return {"weights": weights, "decide": limits.decide, "accuse": limits.accuse, "hold_s": limits.hold_s}
