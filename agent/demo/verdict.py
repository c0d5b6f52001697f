"""What happened in the world against what the platform knows."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any

import msgspec

from agent.geometry.map import ZoneMap
from agent.model import Zone
from agent.pictures.files import Stored
from agent.platform.pictures import Collector
from drivers.sim.nmea import Pose
from drivers.sim.truck import Interval, Truth

Envelope = dict[str, Any]
_LATE_S = 6.0  # smoothing and confirmation delay what the camera shows; reconnecting takes its back-off
_EARLY_S = 2.0  # one epoch, and the receiver's clock counts whole seconds


class Row(msgspec.Struct, frozen=True):
    """One fact of the world beside what the platform knows of it."""

    fact: str
    world: str
    platform: str
    agrees: bool


def compare(
    truth: Truth, zones: Sequence[Zone], began: datetime, events: list[Envelope], ledger: list[Envelope]
) -> list[Row]:
    """All rows; times are s from `began` (UTC), the start of the trip."""
    rows = _intervals(
        "uncovered load while moving", truth.uncovered, _episodes(events, "uncovered_load", began)
    )
    rows += _transitions(truth, zones, began, events)
    rows += _intervals(
        "unloaded elsewhere", _tipped(truth, zones), _episodes(events, "suspicious_unloading", began)
    )
    rows += _intervals("no fix", truth.no_fix, _gaps(ledger, "fix", began))
    rows += _intervals("no link", truth.no_link, _gaps(ledger, "link:city", began))
    return rows + _surprises(events, ledger)


def pictures(on_truck: Iterable[Stored], arrived: Collector) -> Row:
    """What lies on the truck and may leave it, against what the platform put together and found true."""
    wanted = {p.sha256 for p in on_truck if p.kind == "overlay" or p.group == "event"}
    missing = len(wanted - arrived.verified.keys())
    text = f"{len(arrived.verified)} received, SHA-256 verified, missing {missing or 'none'}"
    agrees = not missing and not arrived.damaged and len(arrived.verified) == len(wanted)
    return Row("pictures", f"{len(wanted)} may leave", text, agrees)


def warnings(events: list[Envelope]) -> list[Row]:
    """Whether the driver was warned before each report."""
    given = {e["subject"]: e["monons"] for e in events if e["type"] == "warning.given"}
    rows = []
    for event in (e for e in events if e["type"] == "uncovered_load.started"):
        at = given.get(event["subject"])
        text = "not given" if at is None else f"{(event['monons'] - at) / 1e9:.0f} s before the report"
        rows.append(Row("warning in the cab", "before the report", text, at is not None))
    return rows


def moment(message: Envelope, microseconds: int, began: datetime) -> float:
    """A CLOCK_BOOTTIME moment of a message's boot as s from `began`."""
    age_s = float(message["monons"] / 1000 - microseconds) / 1e6
    return (datetime.fromisoformat(message["time"]) - began).total_seconds() - age_s


def _episodes(messages: Iterable[Envelope], kind: str, began: datetime) -> list[Interval]:
    """Episodes of a kind with a start and an end; one without an end lasts for ever."""
    found: dict[str, Interval] = {}
    for message in messages:
        data = message["data"]
        if message["type"] == f"{kind}.started":
            found[message["subject"]] = Interval(moment(message, data["since_us"], began), float("inf"))
        if message["type"] == f"{kind}.ended" and message["subject"] in found:
            begin = found[message["subject"]].begin
            found[message["subject"]] = Interval(begin, moment(message, data["until_us"], began))
    return sorted(found.values(), key=lambda interval: interval.begin)


def _gaps(ledger: list[Envelope], source: str, began: datetime) -> list[Interval]:
    """The gaps of one source that began with the trip or later."""
    mine = [m for m in ledger if m["data"].get("source") == source]  # other records of the ledger have none
    return [gap for gap in _episodes(mine, "gap", began) if gap.begin > -_EARLY_S]


def _near(known: float, real: float) -> bool:
    return -_EARLY_S <= known - real <= _LATE_S


def _intervals(fact: str, real: Sequence[Interval], known: Sequence[Interval]) -> list[Row]:
    rows = []
    for i in range(max(len(real), len(known))):
        world = real[i] if i < len(real) else None
        platform = known[i] if i < len(known) else None
        agrees = (
            world is not None
            and platform is not None
            and _near(platform.begin, world.begin)
            and _near(platform.end, world.end)
        )
        rows.append(Row(fact, _span(world), _span(platform), agrees))
    return rows


def _span(interval: Interval | None) -> str:
    return "-" if interval is None else f"{interval.begin:.0f} to {interval.end:.0f} s"


def _transitions(truth: Truth, zones: Sequence[Zone], began: datetime, events: list[Envelope]) -> list[Row]:
    changes = [e for e in events if e["type"] == "load.changed" and e["data"]["kind"] != "first_seen"]
    rows = []
    for i in range(max(len(truth.transitions), len(changes))):
        world = platform = "-"
        agrees = False
        if i < len(truth.transitions):
            real = truth.transitions[i]
            world = _change(real.before, real.after, _zone(real.pose, zones), real.at)
        if i < len(changes):
            data = changes[i]["data"]
            at = moment(changes[i], data["since_us"], began)
            zone = data["zone"]["id"] or data["zone"]["state"]
            platform = _change(data["from"], data["to"], zone, at)
            agrees = i < len(truth.transitions) and _near(at, real.at)
            agrees = agrees and platform.rpartition(",")[0] == world.rpartition(",")[0]
        rows.append(Row("load", world, platform, agrees))
    return rows


def _change(before: str, after: str, zone: str, at: float) -> str:
    return f"{before} → {after}, {zone}, {at:.0f} s"


def _zone(pose: Pose, zones: Sequence[Zone]) -> str:
    zone = ZoneMap(zones).holding(pose.lon, pose.lat)
    return "outside" if zone is None else zone.id


def _tipped(truth: Truth, zones: Sequence[Zone]) -> list[Interval]:
    """From each unloading outside the sites to the end of the stop that it happened at."""
    return [
        Interval(change.at, change.leaves)
        for change in truth.transitions
        if change.after == "empty" and _zone(change.pose, zones) == "outside"
    ]


def trips(truth: Truth, zones: Sequence[Zone], records: list[Envelope]) -> list[Row]:
    """Each trip of the world beside the newest word about it."""
    loaded = [c for c in truth.transitions if c.before == "empty"]
    emptied = [c for c in truth.transitions if c.after == "empty"]
    real = [_journey(*(_zone(c.pose, zones) for c in pair)) for pair in zip(loaded, emptied, strict=False)]
    told = [_told(data) for data in {m["subject"]: m["data"] for m in records}.values()]
    pairs = zip_longest(real, told, fillvalue="-")
    return [Row("trip", world, platform, world == platform) for world, platform in pairs]


def _journey(origin: str, target: str) -> str:
    sites = origin != "outside" and target != "outside"
    return f"{origin} → {target}, {'regular' if sites else 'suspicious'}"


def _told(data: Envelope) -> str:
    ends = [data["loaded"][0], data["emptied"]]
    places = ["-" if end is None else (end["site"] or {"id": "outside"})["id"] for end in ends]
    return f"{places[0]} → {places[1]}, {data['verdict']}"


def _surprises(events: list[Envelope], ledger: list[Envelope]) -> list[Row]:
    """What the platform was told and nothing in the world explains."""
    expected = (
        "load",
        "uncovered_load",
        "suspicious_unloading",
        "haul_stop",
        "zone_visit",
        "evidence",
        "warning",
    )
    told = [e["type"] for e in events if e["type"].partition(".")[0] not in expected]
    told += [
        f"gap of {m['data']['source']} ({m['data']['why']})"
        for m in ledger
        if m["type"] == "gap.started" and m["data"]["source"] not in ("fix", "link:city")
    ]
    return [Row("nothing", "-", text, agrees=False) for text in told]
