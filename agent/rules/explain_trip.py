"""Trips, suspicious loading and unloading, and stops in plain words, from their records alone."""

from typing import Any

Data = dict[str, Any]
_EVENTS = {
    "suspicious_loading": "a load came on surely outside every loading site",
    "suspicious_unloading": "a load went, or the lift was raised with it, surely outside every disposal site",
    "haul_stop": "the truck stood with a load outside the sites, or in a risk zone",
}
_HOW = {
    "lift": "with the lift up",
    "stop": "at a stop",
    "slowly": "slowly in the site",
    "gap": "while nobody saw it",
    "moving": "while it moved: no stop and no gap is known in which it can have been",
    "unobserved": "before anybody looked",
}
_WHY = {
    "fix": "no position",
    "stopped": "the agent was stopped in order",
    "cut": "the agent was cut off without warning",
    "off_duty": "off duty",
}
_REASONS = {
    "loaded_elsewhere": "loaded surely outside every loading site",
    "unloaded_elsewhere": "unloaded surely outside every disposal site",
    "unloaded_unseen": "the load went while the agent was cut off",
    "vanished": "the load was gone without a stop or a gap in which it can have been unloaded",
    "lift_raised": "the lift was raised with the load on outside every disposal site",
    "no_permit": "hauled without a valid permit",
    "off_route": "hauled outside the permitted routes",
    "loading_site_not_permitted": "no valid permit names the loading site",
    "disposal_site_not_permitted": "no valid permit names the disposal site",
}
_UNCHECKED = {
    "zones": "zones are missing, refused, or hold no such site",
    "position": "it was not known where the truck was",
    "watch": "the agent was stopped in order, or the truck was off duty",
    "loading": "nobody saw where it was loaded",
    "permits": "permits are missing or stale",
    "clock": "the time was not known",
}
_CORRECTED = {
    "still_loaded": "the load that was taken to be gone was seen again",
    "confirmed": "another signal said later that the bed is empty",
    "clock": "the time became known later",
}


def knows(kind: str) -> bool:
    """Whether this is a trip, or an event of loading, unloading or a stop."""
    return kind.startswith("trip.") or kind.partition(".")[0] in _EVENTS


def explain(kind: str, subject: str, data: Data, mono_us: int) -> list[str]:
    """The lines of a record; times are s before it (`mono_us`, CLOCK_BOOTTIME) where they are of its boot."""
    lines = _trip(kind, data) if kind.startswith("trip.") else _event(kind, data, mono_us)
    told = f"subject {subject}, severity {data.get('severity', 'info')}"
    layers = ", ".join(f"{name} {value}" for name, value in (data.get("layers") or {}).items())
    rules = f"rules {data.get('rules')}"
    return [lines[0], told, *lines[1:], f"{rules}; {layers}" if layers else rules]


def _trip(kind: str, data: Data) -> list[str]:
    word = data.get("verdict") or "no verdict"
    lines = [f"{kind}: version {data['version']}, {word}"]
    if data.get("corrected"):
        lines.append(f"corrected: {_CORRECTED[data['corrected']]}")
    lines += [f"because {_REASONS.get(reason, reason)}" for reason in data["reasons"]]
    lines += [f"not checked: {_UNCHECKED.get(what, what)}" for what in data["unchecked"]]
    lines += [f"loaded {_turn(turn)}" for turn in data["loaded"]]
    lines += [f"a part unloaded {_turn(turn)}" for turn in data["partly_unloaded"]]
    lines += [f"empty {_turn(data['emptied'])}"] if data["emptied"] else []
    return [*lines, *_hauled(data), *_met(data)]


def _turn(turn: Data) -> str:
    at = "at an unknown time" if turn["at"] is None else f"at {_when(turn['at'])}"
    gap = f" ({_WHY[turn['gap']]})" if turn["gap"] else ""
    site = f", in {turn['site']['id']} ({turn['site']['role']})" if turn["site"] else ""
    outside = ", surely outside every such site" if turn["outside"] else ""
    place = turn["place"]
    where = f", {place['lat']:.5f} {place['lon']:.5f}" if place else ""
    dwell = "" if turn["dwell_s"] is None else f", {turn['dwell_s']:g} s"
    by = ", ".join(turn["by"]) or "nothing"
    against = f" against {', '.join(turn['against'])}" if turn["against"] else ""
    told = f"{at} {_HOW[turn['how']]}{gap}{dwell}{site}{outside}{where}"
    return f"{told}; by {by}{against}, {turn['confidence']:g}"


def _when(moment: Data) -> str:
    return str(moment["utc"] or f"{moment['at_us'] / 1e6:.0f} s of boot {moment['boot']}")


def _hauled(data: Data) -> list[str]:
    hauled = data["hauled"]
    share = hauled["covered_share"]
    covered = (
        "never seen under way" if share is None else f"covered {100 * share:.0f} % of the time it was seen"
    )
    fastest = hauled["fastest_mps"]
    speed = "" if fastest is None else f", at most {fastest:g} m/s"
    gaps = hauled["gaps"]
    return [
        f"hauled {hauled['distance_m']} m, {hauled['bridged_m']} m of it over gaps{speed}; {covered}",
        f"{gaps['count']} gaps of the position, {gaps['seconds']:g} s",
    ]


def _met(data: Data) -> list[str]:
    lines = [f"not watched since {_span(span)}" for span in data["interruptions"]["kept"]]
    lines += [f"violation {one['kind']}: {one['id']}" for one in data["violations"]["kept"]]
    permit = data["permit"]
    return [*lines, f"permits {permit['state']}; counts against {permit['id'] or 'none'}"]


def _span(span: Data) -> str:
    since = "an unknown time" if span["since"] is None else _when(span["since"])
    until = "now" if span["until"] is None else _when(span["until"])
    return f"{since} until {until}: {_WHY[span['why']]}"


def _event(kind: str, data: Data, mono_us: int) -> list[str]:
    name = kind.partition(".")[0]
    if data.get("withdrawn"):
        return [f"{kind}: taken back, since {_CORRECTED[data['withdrawn']]}", f"trip {data.get('trip')}"]
    over = f"; over: {data['reason'].replace('_', ' ')}" if "reason" in data else ""
    lines = [f"{kind}: {_EVENTS[name]}{over}"]
    if "since_us" in data:
        lines.append(f"begun {(mono_us - data['since_us']) / 1e6:.1f} s before")
    facts = data.get("facts")
    if facts:
        gap = f" ({_WHY[facts['gap']]})" if facts["gap"] else ""
        lines.append(f"{_HOW[facts['how']]}{gap}")
    if data.get("dwell_s") is not None:
        lines.append(f"stood {data['dwell_s']:g} s")
    place = data.get("place")
    if place:
        lines.append(f"at {place['lat']:.7f} {place['lon']:.7f} (WGS-84), cell {data['cell']}")
    if data.get("hour") is not None:
        lines.append(f"in the hour from {data['hour']}:00, local time")
    for when in ("before", "after"):
        if when in data:
            known = data[when]
            lines.append(f"{when}: by {', '.join(known['by']) or 'nothing'}, {known['confidence']:g}")
    if data.get("risk"):
        lines.append(f"in risk zones {', '.join(data['risk'])}")
    lines.append(f"trip {data.get('trip')}")
    return lines + ([f"concerns {'、'.join(data['authority'])}"] if data.get("authority") else [])
