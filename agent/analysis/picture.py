"""The map of hot spots: a panel per kind, cells over tracks and zones. No tiles, no network; north is up."""

from collections.abc import Iterable, Sequence

import msgspec

from agent.analysis import paper
from agent.analysis.engine import Engine, Rows, query
from agent.analysis.frame import Frame, framed
from agent.analysis.hot_spots import Cell, HotSpots
from agent.analysis.places import outline
from agent.analysis.ramp import Ramp, ramp
from agent.rule_layers import Zone

TITLES = {
    "stop": ("Stops with a load", "minutes outside registered sites"),
    "unloading": ("Unloadings", "times outside disposal sites"),
    "suspicious_unloading": ("Suspicious unloadings", "times outside disposal sites"),
    "suspicious_trip": ("Ends of suspicious trips", "times outside disposal sites"),
}
ROLES = {
    "loading": ("#2f7d4f", "loading site"),
    "disposal": ("#2a62a8", "disposal site"),
    "forbidden": ("#a02c8c", "forbidden zone"),
    "risk": ("#b0741a", "risk zone"),
    "slow": ("#777777", "slow zone"),
}
_SIDE, _EDGE, _HEAD, _LEGEND = 620.0, 24.0, 92.0, 156.0
_COLUMNS = 2
_UNITS = 10_000_000  # in a degree
_DOT = 1.5  # of the tracks
_FURTHER = 3  # times the cells: then some truck was on a journey
_NAMED = 5  # the heaviest cells bear their rank


class Sheet(msgspec.Struct, frozen=True):
    """What all panels share: the piece of the earth, the tracks in it, the zones, and the names of both."""

    frame: Frame
    traces: Rows
    zones: Sequence[Zone]


def picture(engine: Engine, found: HotSpots, zones: Sequence[Zone]) -> str:
    """An SVG document of what `find` found."""
    kinds = [kind for kind in TITLES if found.of(kind) or not kind.startswith("suspicious")]
    frame = framed(_places(found), _SIDE, _SIDE)
    sheet = Sheet(frame, _traces(engine, frame), zones)
    width = _EDGE + _COLUMNS * (_SIDE + _EDGE)
    height = _HEAD + (len(kinds) + _COLUMNS - 1) // _COLUMNS * (_SIDE + _LEGEND)
    content = [paper.element("rect", width=width, height=height, fill="#ffffff"), *_head(found)]
    content.append(paper.element("defs", "".join(_ground(sheet)) + _clip()))
    for number, kind in enumerate(kinds):
        row, column = divmod(number, _COLUMNS)
        where = f"translate({_EDGE + column * (_SIDE + _EDGE):g} {_HEAD + row * (_SIDE + _LEGEND):g})"
        content.append(paper.element("g", "".join(_panel(sheet, kind, found.of(kind))), transform=where))
    return paper.drawing(width, height, content)


def _places(found: HotSpots) -> list[tuple[float, float]]:
    """What the picture must show: all cells, and all fixes unless these reach much further."""
    places = [corner for cell in found.cells for corner in outline(cell.cell)]
    if found.read.box is None:
        return places or [(0.0, 0.0)]
    south, west, north, east = found.read.box
    tracks = [(west, south), (east, north)]
    if not places or _size(tracks) <= _FURTHER * _size(places):
        places += tracks
    return places


def _size(places: list[tuple[float, float]]) -> float:
    """Degrees along the longer side, at least those of a neighbourhood."""
    lons, lats = [lon for lon, _ in places], [lat for _, lat in places]
    return max(max(lons) - min(lons), max(lats) - min(lats), 0.03)


def _traces(engine: Engine, frame: Frame) -> Rows:
    """Dots of the tracks, with the point on paper of each."""
    south, west, north, east = (round(side * _UNITS) for side in frame.box)
    width, height = east - west, north - south
    across, along = (max(1, round(size * _DOT / frame.width)) for size in (width, height))
    box = {"south": south, "west": west, "width": width, "height": height}
    rows = engine.rows(query("trace", **box, lat_step=along, lon_step=across))
    for row in rows:
        lon, lat = west + row["x"] * across, south + (row["y"] + 0.5) * along
        row["at"] = frame.at(lon / _UNITS, lat / _UNITS)
    return rows


def _head(found: HotSpots) -> list[str]:
    read, how = found.read, found.thresholds
    days = f"{(read.first or '?')[:10]} to {(read.last or '?')[:10]} (UTC)"
    what = f"{days} · {read.vehicles} vehicles, fleets: {read.fleets} · {read.fixes:,} fixes"
    by = "the layer of zones" if found.sites_by == "zones" else "the vehicles' own zones"
    rule = f"A stop: at most {how.stop_mps:g} m/s for at least {how.stop_s:g} s with a load. Sites by {by}. "
    return [
        paper.text((_EDGE, 30), "Where loaded trucks stop and unload", 22, font_weight="bold"),
        paper.text((_EDGE, 52), what),
        paper.text((_EDGE, 72), f"{rule}H3 resolution {how.resolution}, WGS-84.", fill="#555"),
    ]


def _clip() -> str:
    return paper.element("clipPath", paper.element("rect", width=_SIDE, height=_SIDE), id="paper")


def _ground(sheet: Sheet) -> Iterable[str]:
    """What lies below the cells, once for all panels."""
    parts = [paper.element("rect", width=_SIDE, height=_SIDE, fill="#f7f6f2")]
    for least, opacity in ((1, 0.5), (2, 0.7), (5, 0.95)):
        most = {1: 1, 2: 4, 5: None}[least]
        dots = [r for r in sheet.traces if r["vehicles"] >= least and (most is None or r["vehicles"] <= most)]
        data = "".join(f"M{r['at'][0]:g},{r['at'][1]:g}h{_DOT}" for r in dots)
        if data:
            stroke = {"stroke": "#8a8f98", "stroke_width": _DOT, "stroke_opacity": opacity}
            parts.append(paper.element("path", d=data, fill="none", **stroke))
    for zone in sheet.zones:
        colour = ROLES[zone.role][0]
        data = paper.rings([sheet.frame.at(*corner) for corner in ring] for ring in (zone.ring, *zone.holes))
        shade = {"fill": colour, "fill_opacity": 0.12, "fill_rule": "evenodd", "stroke": colour}
        parts.append(paper.element("path", d=data, **shade, stroke_width=1.2))
    yield paper.element("g", "".join(parts), id="ground")


def _panel(sheet: Sheet, kind: str, cells: list[Cell]) -> Iterable[str]:
    title, unit = TITLES[kind]
    heavy = [cell for cell in cells if cell.weight > 0]
    scale = ramp([cell.weight for cell in heavy])
    inside = [paper.element("use", href="#ground"), *_cells(sheet.frame, cells, scale)]
    inside += [*_ranks(sheet.frame, heavy), *_names(sheet)]
    yield paper.element("g", "".join(inside), clip_path="url(#paper)")
    yield paper.element("rect", width=_SIDE, height=_SIDE, fill="none", stroke="#999")
    yield from _bar(sheet.frame)
    yield from _north()
    yield paper.text((0, _SIDE + 26), title, 16, font_weight="bold")
    episodes = sum(cell.count for cell in cells)
    outside = sum(cell.outside for cell in cells)
    said = f"{episodes} in {len(cells)} cells, {outside} of them outside"
    yield paper.text((0, _SIDE + 46), f"{said}. Colour: {unit}, per cell.")
    yield from _legend(scale, sheet)


def _cells(frame: Frame, cells: list[Cell], scale: Ramp) -> Iterable[str]:
    for cell in reversed(cells):  # the heaviest on top
        data = paper.rings([[frame.at(*corner) for corner in outline(cell.cell)[:-1]]])
        fill = scale.colour(cell.weight) if cell.weight > 0 else "none"
        told = f"{cell.cell}: {cell.weight:g}, {cell.count} in all, {cell.vehicles} vehicles"
        title = paper.element("title", told)
        line = {"stroke": "#5b2a1a" if cell.weight > 0 else "#7a8a7a", "stroke_width": 0.8}
        yield paper.element("path", title, d=data, fill=fill, fill_opacity=0.78, **line)


def _ranks(frame: Frame, heavy: list[Cell]) -> Iterable[str]:
    for cell in heavy[:_NAMED]:
        corners = [frame.at(*corner) for corner in outline(cell.cell)[:-1]]
        x = sum(x for x, _ in corners) / len(corners)
        y = sum(y for _, y in corners) / len(corners) + 4.5
        halo = {"stroke": "#fff", "stroke_width": 3, "paint_order": "stroke", "text_anchor": "middle"}
        yield paper.text((round(x, 1), round(y, 1)), str(cell.rank), 13, font_weight="bold", **halo)


def _names(sheet: Sheet) -> Iterable[str]:
    for zone in sheet.zones:
        places = [sheet.frame.at(*corner) for corner in zone.ring]
        x = sum(x for x, _ in places) / len(places)
        y = min(y for _, y in places) - 4
        if 0 <= x <= _SIDE and 0 <= y <= _SIDE:
            halo = {"stroke": "#fff", "stroke_width": 3, "paint_order": "stroke", "text_anchor": "middle"}
            words = zone.name or zone.id
            yield paper.text((round(x, 1), round(y, 1)), words, 11, fill=ROLES[zone.role][0], **halo)


def _bar(frame: Frame) -> Iterable[str]:
    metres, length = frame.bar()
    x, y = 16.0, _SIDE - 18
    said = f"{metres} m" if metres < 1000 else f"{metres // 1000} km"
    back = {"fill": "#fff", "fill_opacity": 0.8}
    yield paper.element("rect", x=x - 8, y=y - 20, width=length + 16, height=32.0, **back)
    yield paper.element("path", d=f"M{x},{y - 5}v5h{length}v-5", fill="none", stroke="#222", stroke_width=1.5)
    yield paper.text((x + 4, y - 6), said, 12)


def _north() -> Iterable[str]:
    x, y = _SIDE - 26, 16.0
    yield paper.element("path", d=f"M{x},{y}l7,22l-7,-5l-7,5Z", fill="#222")
    yield paper.text((x, y + 36), "N", 13, text_anchor="middle", font_weight="bold")


def _legend(scale: Ramp, sheet: Sheet) -> Iterable[str]:
    y = _SIDE + 64
    at_most = "≤ " if scale.stepped else ""
    for number, (end, colour) in enumerate(zip(scale.ends, scale.colours, strict=True)):
        x = number * 84.0
        box = {"width": 22, "height": 14, "stroke": "#5b2a1a", "stroke_width": 0.8}
        yield paper.element("rect", x=x, y=y, fill=colour, fill_opacity=0.78, **box)
        yield paper.text((x + 28, y + 12), f"{at_most}{end:g}", 12)
    rest = [("none", "#7a8a7a", "cell with none outside"), ("#8a8f98", "none", "tracks")]
    rest += [(c, c, name) for role, (c, name) in ROLES.items() if role in {z.role for z in sheet.zones}]
    for number, (fill, stroke, name) in enumerate(rest):
        x, line = number % 4 * 158.0, y + 32 + number // 4 * 24
        shade = {"fill": fill, "fill_opacity": 0.12 if fill == stroke else 0.6, "stroke": stroke}
        yield paper.element("rect", x=x, y=line, width=22, height=14, **shade)
        yield paper.text((x + 28, line + 12), name, 12)
