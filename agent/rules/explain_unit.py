"""What an event of switches, tampering, contradictions or warnings is about, from its record alone."""

from typing import Any

Data = dict[str, Any]
_CAUSES = {
    "case": "the unit's case was open",
    "power_cut": "the unit lost its power while the truck was moving, or its computer crashed",
}
_WHAT = {
    "cover": "the cover's switch and the cameras contradicted each other",
    "load": "the axles and the cameras contradicted each other",
    "ignition": "the ignition was off and the truck moved",
}
_ON = {
    "lift": ("the bed was raised", "the bed was lowered"),
    "cover": ("the cover was closed", "the cover was opened"),
    "ignition": ("the ignition went on", "the ignition went off"),
    "case": ("the unit's case was opened", "the unit's case was closed"),
    "load": ("a load came onto the axles", "the load left the axles"),
}
_ENDINGS = {
    "closed": "it was closed",
    "power_back": "power was back",
    "over": "they agreed again",
    "unobserved": "one of them said nothing any more",
    "interrupted": "the agent, its boot or the shift ended",
}


def headline(kind: str, data: Data) -> str | None:
    """The first line; None: it is none of these."""
    name, _, what = kind.partition(".")
    if kind == "warning.given":
        grace = f"{data.get('grace_s', 0):g} s before it is reported"
        return f"{kind}: the driver was warned of {data.get('kind')}, {grace}"
    if kind == "switch.changed":
        on, off = _ON.get(str(data.get("switch")), ("it went on", "it went off"))
        return f"{kind}: {on if data.get('on') else off}"
    about = {
        "unit_tamper": _CAUSES.get(str(data.get("cause"))),
        "sensor_conflict": _WHAT.get(str(data.get("what"))),
    }
    if about.get(name) is None:
        return None
    why = _ENDINGS.get(str(data.get("reason")), data.get("reason"))
    return f"{kind}: {about[name]}" + (f"; over, because {why}" if what == "ended" else "")
