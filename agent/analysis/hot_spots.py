"""Where trucks stop with a load and where they unload, by H3 cell: how often, for how long, when."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from agent.analysis.engine import Engine, Rows, query
from agent.rule_layers import Zone
from agent.shifts import offsets_of

KINDS = ("stop", "unloading", "suspicious_unloading", "suspicious_trip")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OFFSETS_FROM = datetime(2020, 1, 1, tzinfo=UTC)
_LAST_US = 1 << 62
_US = 1_000_000


class Thresholds(msgspec.Struct, frozen=True):
    """When it is a stop with a load; docs/export.md says what each is for.

    Speed in m/s, times in s, distance in m, and the resolution of H3 (9: 0.1 km², 200 m across).
    """

    stop_mps: float = 0.8
    stop_s: float = 180.0
    bridge_s: float = 30.0
    same_m: float = 20.0
    gap_s: float = 60.0
    load_memory_s: float = 600.0
    resolution: int = 9


class Cell(msgspec.Struct, frozen=True):
    """What happened in a cell. `outside` a registered site (an unloading: outside a disposal site).

    `weight` is what its rank among its kind goes by: of stops the dwell outside in minutes, of unloadings how
    many were outside. `hours` counts by the local hour in which each began; dwell in s, null when not known.
    """

    kind: str
    cell: str
    rank: int
    weight: float
    count: int
    outside: int
    outside_share: float
    vehicles: int
    fleets: int
    dwell_median_s: float | None
    dwell_total_s: float
    dwell_outside_s: float
    hours: tuple[int, ...]
    first: str
    last: str


class Extent(msgspec.Struct, frozen=True):
    """What was read: fixes and those left aside (unfit, without time, place or speed), and where they are."""

    fixes: int
    left_out: int
    vehicles: int
    fleets: int
    first: str | None
    last: str | None
    box: tuple[float, float, float, float] | None  # south, west, north, east


class Span(msgspec.Struct, frozen=True):
    """Episodes that began from `since` on and before `until`; None: no bound."""

    since: datetime | None = None
    until: datetime | None = None


class HotSpots(msgspec.Struct, frozen=True):
    """Cells by kind and rank, and what they were made of."""

    thresholds: Thresholds
    time_zone: str
    sites_by: str
    read: Extent
    cells: tuple[Cell, ...]

    def of(self, kind: str) -> list[Cell]:
        """The cells of one kind, the heaviest first."""
        return [cell for cell in self.cells if cell.kind == kind]


def find(
    engine: Engine, thresholds: Thresholds, zones: Sequence[Zone] | None, time_zone: str, span: Span
) -> HotSpots:
    """Compute them; the engine then has the table `episode`.

    Raises AnalysisError, and ValueError for an unknown time zone. `zones` say what is a site; without any
    the vehicles' own word, by the zones that they had then.
    """
    engine.keep("episode", episodes(thresholds, time_zone, span, given_sites=zones is not None))
    hours: dict[tuple[str, str], list[int]] = {}
    for row in engine.rows(query("hour")):
        hours.setdefault((row["kind"], row["cell"]), [0] * 24)[int(row["hour"])] = row["episodes"]
    cells: list[Cell] = []
    rows = engine.rows(query("cell"))
    for kind in KINDS:
        cells += _ranked([row for row in rows if row["kind"] == kind], hours)
    sites_by = "vehicles" if zones is None else "zones"
    return HotSpots(thresholds, time_zone, sites_by, _extent(engine), tuple(cells))


def episodes(how: Thresholds, time_zone: str, span: Span, *, given_sites: bool) -> str:
    """The query for the episodes."""
    return query(
        "episode",
        stop_mps=how.stop_mps,
        stop_us=round(how.stop_s * _US),
        bridge_us=round(how.bridge_s * _US),
        same_m=how.same_m,
        gap_us=round(how.gap_s * _US),
        memory_us=round(how.load_memory_s * _US),
        offset_s=_offset(time_zone),
        given_sites="true" if given_sites else "false",
        since_us=0 if span.since is None else _micros(span.since),
        until_us=_LAST_US if span.until is None else _micros(span.until),
    )


def _offset(time_zone: str) -> str:
    """Seconds of local time before UTC, as an expression of at_us."""
    first, *later = offsets_of(time_zone, _OFFSETS_FROM)
    cases = "".join(f" when at_us >= {at * _US} then {offset}" for at, offset in reversed(later))
    return f"case{cases} else {first[1]} end" if later else str(first[1])


def _ranked(rows: Rows, hours: dict[tuple[str, str], list[int]]) -> list[Cell]:
    weighed = [(_weight(row), row) for row in rows]
    weighed.sort(key=lambda found: (-found[0], -found[1]["episodes"], found[1]["cell"]))
    return [
        Cell(
            kind=row["kind"],
            cell=row["cell"],
            rank=rank,
            weight=weight,
            count=row["episodes"],
            outside=int(row["outside"]),
            outside_share=round(int(row["outside"]) / row["episodes"], 4),
            vehicles=row["vehicles"],
            fleets=row["fleets"],
            dwell_median_s=None if row["dwell_median_us"] is None else _seconds(row["dwell_median_us"]),
            dwell_total_s=_seconds(row["dwell_total_us"] or 0),
            dwell_outside_s=_seconds(row["dwell_outside_us"] or 0),
            hours=tuple(hours[row["kind"], row["cell"]]),
            first=moment(row["first_us"]),
            last=moment(row["last_us"]),
        )
        for rank, (weight, row) in enumerate(weighed, 1)
    ]


def _weight(row: dict[str, Any]) -> float:
    if row["kind"] == "stop":
        return round(int(row["dwell_outside_us"] or 0) / _US / 60, 2)
    return float(row["outside"])


def _extent(engine: Engine) -> Extent:
    (row,) = engine.rows(query("extent"))
    known = row["south"] is not None
    return Extent(
        fixes=row["fixes"],
        left_out=int(row["left_out"] or 0),
        vehicles=row["vehicles"],
        fleets=row["fleets"],
        first=None if row["first_us"] is None else moment(row["first_us"]),
        last=None if row["last_us"] is None else moment(row["last_us"]),
        box=(row["south"], row["west"], row["north"], row["east"]) if known else None,
    )


def moment(us: int) -> str:
    """RFC 3339, UTC, whole seconds."""
    return (_EPOCH + timedelta(seconds=us // _US)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(us: float) -> float:
    return round(float(us) / _US, 1)


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)
