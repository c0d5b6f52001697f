"""Why an event of hauling was written, in plain words, from its record alone."""

from typing import Any

Data = dict[str, Any]
_KINDS = {
    "no_permit": "a load was hauled outside the sites, and no permit of this vehicle was valid",
    "off_route": "a load was hauled outside the corridors of all valid permits",
    "outside_hours": "a load was hauled at an hour that no valid permit allows",
    "speeding": "the truck was faster than the limit",
    "forbidden_zone": "the truck was inside a forbidden zone",
    "overlong_stop": "the truck stood with a load outside the sites",
    "zone_visit": "the truck was in a registered zone",
    "could_not_check": "rules lacked what they need",
}
_ENDINGS = {
    "empty": "the bed was seen empty",
    "site": "the truck came to a site",
    "permit": "a permit was valid",
    "no_permit": "no permit was valid any more: another rule's matter",
    "hours": "a permitted hour began",
    "route": "the truck was back in a corridor",
    "any_way": "a valid permit has no routes",
    "unwanted": "permits are not checked any more",
    "left": "the truck was outside again",
    "not_forbidden": "the zone was not in force any more",
    "no_limit": "no limit was in force any more",
    "slower": "the truck was at or below the limit",
    "drove_on": "the truck drove on",
    "other": "another zone or limit took its place",
    "unobserved": "nothing was known of it for too long",
    "interrupted": "the agent, its boot or the shift ended",
    "over": "what was lacking was there again",
}
_FACTS = {
    "state": "permits: {}",
    "permits": "permits {}",
    "nearest": "nearest: {}",
    "limit_mps": "limit {} m/s",
    "of": "of {}",
    "zone": "zone {}",
}


def knows(kind: str) -> bool:
    """Whether this is an event of hauling."""
    return kind.partition(".")[0] in _KINDS


def headline(kind: str, data: Data) -> str:
    """The first line."""
    name, _, what = kind.partition(".")
    why = _ENDINGS.get(str(data.get("reason")), data.get("reason"))
    return f"{kind}: {_KINDS[name]}" + (f"; over, because {why}" if what == "ended" else "")


def details(data: Data) -> list[str]:
    """What it rests on."""
    lines = []
    worst = data.get("worst")
    if worst:
        lines.append(f"worst: {worst['value']:g} {worst['unit']}")
    if "way_m" in data:
        lines.append(f"on a way of {data['way_m']:g} m")
    facts = data.get("facts") or {}
    zone = data.get("zone") or {}
    if "state" not in zone and zone:
        lines.append(f"zone {_plain(zone)}")
    lines += [_FACTS.get(name, name + " {}").format(_plain(value)) for name, value in facts.items()]
    if "cause" in data:
        lines.append(f"lacking: {data['cause']} {_plain(data['detail'])}".rstrip())
        lines.append(f"not judged: {', '.join(data['kinds'])}")
    fixes = data.get("fixes")
    if fixes:
        lines.append(f"{fixes['count']} fixes, {len(fixes['kept'])} of them kept")
    layers = ", ".join(f"{name} {value}" for name, value in (data.get("layers") or {}).items())
    return [*lines, f"rules {data.get('rules')}; {layers}" if layers else f"rules {data.get('rules')}"]


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(v)}" for name, v in value.items() if v != "")
    return ", ".join(str(v) for v in value) or "none" if isinstance(value, list) else str(value)
