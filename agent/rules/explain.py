"""Why an event of the load was written, in plain words, from its record alone.

Every line is made of what the record holds; nothing is looked up elsewhere. A record of an older agent that
lacks a part is explained without that part.
"""

from typing import Any

from agent.rules import explain_haulage, explain_trip, explain_unit
from agent.rules.transitions import CLASSES

Data = dict[str, Any]
_ORDER = ("first", "strongest", "weakest", "last")
_ENDINGS = {
    "covered": "the load was seen covered",
    "partly": "the load was seen partly covered, which is no violation",
    "uncovered": "the load was seen uncovered: a matter of the violation from then on",
    "empty": "the bed was seen empty",
    "site": "the truck came into a site or its grace zone",
    "parked": "the truck was parked",
    "unobserved": "no camera could see the load any longer",
    "interrupted": "the agent did not run for too long",
}
_TOLD = (
    "severity", "since_us", "until_us", "last_seen_us", "place", "kind", "from", "to", "settings",
    "confidence",
)  # fmt: skip
_KINDS = {
    "first_seen": "the load was seen for the first time since the start",
    "became_loaded": "an empty bed became loaded",
    "became_empty": "a load was gone",
    "cover_opened": "the cover was opened, or opened further",
    "cover_closed": "the cover was closed, or closed further",
}
_CONDITIONS = {
    "state_since_us": "the evidence for the state began",
    "sure_since_us": "the state was sure without a break since",
    "watched_since_us": "usable frames came without a break since",
    "moving_outside_sites_since_us": "the truck moved outside sites and grace zones since",
    "newest_usable_us": "the newest usable frame",
}


def explain(kind: str, subject: str, data: Data, mono_us: int) -> list[str]:
    """The lines for an event of type `kind`; times are s before it (`mono_us`, CLOCK_BOOTTIME)."""
    if data.get("damaged"):
        return [f"{kind}: the record is damaged; nothing that it says is to be trusted"]
    if explain_trip.knows(kind):
        return explain_trip.explain(kind, subject, data, mono_us)
    haulage = explain_haulage.knows(kind)
    first = explain_haulage.headline(kind, data) if haulage else _headline(kind, data)
    lines = [first, f"subject {subject}, severity {data.get('severity', 'info')}"]
    if "since_us" in data:
        lines.append(f"begun {_ago(data['since_us'], mono_us)}")
    lines += _span(data, mono_us)
    lines += _where(data)
    lines += _conditions(data, mono_us)
    lines += _cameras(data, mono_us)
    lines += _limits(data)
    return lines + (explain_haulage.details(data) if haulage else _rest(data))


def _headline(kind: str, data: Data) -> str:
    unit = explain_unit.headline(kind, data)
    if unit is not None:
        return unit
    if kind == "load.changed":
        what = _KINDS.get(str(data.get("kind")), "the load changed")
        return f"{kind}: {what} ({data.get('from')} to {data.get('to')})"
    if kind.endswith(".ended") and data.get("reason") in _ENDINGS:
        return f"{kind}: because {_ENDINGS[data['reason']]}"
    after = (data.get("thresholds") or {}).get("after_s")
    state = {"uncovered_load.started": "uncovered", "partly_covered.started": "partly covered"}.get(kind)
    if state is None:
        return kind
    least = "" if after is None else f", for at least {after:g} s"
    return f"{kind}: the load was seen {state} while the truck moved outside the sites{least}"


def _ago(at_us: int | None, mono_us: int) -> str:
    return "at an unknown time" if at_us is None else f"{(mono_us - at_us) / 1e6:.1f} s before"


def _span(data: Data, mono_us: int) -> list[str]:
    lines = []
    if data.get("between_us"):
        earliest, latest = data["between_us"]
        lines.append(f"changed between {_ago(earliest, mono_us)} and {_ago(latest, mono_us)}")
    if "until_us" in data:
        seconds = (data["until_us"] - data["since_us"]) / 1e6
        lines.append(f"over {_ago(data['until_us'], mono_us)}, after {seconds:.1f} s")
    if "last_seen_us" in data:
        lines.append(f"last seen so {_ago(data['last_seen_us'], mono_us)}")
    return lines


def _where(data: Data) -> list[str]:
    lines = []
    place, zone = data.get("place"), data.get("zone")
    if place:
        speed = "speed unknown" if place.get("speed") is None else f"{place['speed']:g} m/s"
        lines.append(f"at {place['lat']:.7f} {place['lon']:.7f} (WGS-84), {speed}, HDOP {place.get('hdop')}")
    elif "place" in data:
        lines.append("no fit position")
    if zone and "state" in zone:
        inside = f"inside {zone['id']} ({zone['role']})" if zone["state"] == "inside" else zone["state"]
        lines.append(f"zone: {inside}")
    return lines


def _conditions(data: Data, mono_us: int) -> list[str]:
    held = data.get("conditions")
    if not held:
        return []
    lines = ["conditions:"]
    lines += [f"  {text} {_ago(held[name], mono_us)}" for name, text in _CONDITIONS.items() if name in held]
    if "least_confidence" in held:
        lines.append(f"  the lowest confidence while they held was {held['least_confidence']:.3f}")
    return lines


def _cameras(data: Data, mono_us: int) -> list[str]:
    lines = []
    for camera, view in (data.get("views") or {}).items():
        fault = f", has the fault {view['fault']}" if view.get("fault") else ""
        versions = f"model {view['model']}, teaching {view.get('teaching') or 'none'}"
        newest = f"newest frame {view['frame']} {_ago(view['at_us'], mono_us)}"
        lines.append(f"camera {camera}: believes {view.get('state', 'unknown')}{fault}; {versions}; {newest}")
        lines.append(f"  belief    {_chances(view['p'])}")
        read = (data.get("readings") or {}).get(camera)
        lines += _readings(read, mono_us) if read else []
    return lines


def _readings(read: Data, mono_us: int) -> list[str]:
    frames = f"{read['usable']} usable and {read['unusable']} unusable frames"
    lines = [f"  {frames} since {_ago(read['since_us'], mono_us)}"]
    for name in _ORDER:
        one = read[name]
        lines.append(
            f"  {name:9} {_chances(one['p'])}  frame {one['frame']}, {_ago(one['at_us'], mono_us)},"
            f" called {one['state']}"
        )
    return lines


def _chances(p: Data) -> str:
    return "  ".join(f"{name} {p[name]:.3f}" for name in CLASSES)


def _limits(data: Data) -> list[str]:
    lines = []
    if data.get("thresholds"):
        lines.append("thresholds: " + ", ".join(f"{k} {v:g}" for k, v in data["thresholds"].items()))
    if data.get("smoothing"):
        lines.append("smoothing: " + ", ".join(_parameter(k, v) for k, v in data["smoothing"].items()))
    if data.get("settings"):
        lines.append(f"settings {data['settings']}")
    if data.get("authority"):
        lines.append(f"concerns {'、'.join(data['authority'])}")
    return lines


def _rest(data: Data) -> list[str]:
    """What another kind of event says besides, as it stands."""
    told = {*_TOLD, "reason"} if data.get("reason") in _ENDINGS else _TOLD
    return [
        f"{name}: {data[name]}"
        for name in data
        if name not in told and not isinstance(data[name], dict | list)
    ]


def _parameter(name: str, value: object) -> str:
    if isinstance(value, dict):
        return f"{name} ({', '.join(f'{k} {v:g}' for k, v in value.items())})"
    return f"{name} {value:g}" if isinstance(value, float | int) else f"{name} {value}"
