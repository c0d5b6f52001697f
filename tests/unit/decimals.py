"""How many decimals a number of a record may have: what x86 and ARM agree on, whatever their libraries."""

from collections.abc import Iterator
from typing import Any

DECIMALS = {
    "lat": 7, "lon": 7,
    "confidence": 4, "least_confidence": 4, "empty": 4, "covered": 4, "partly": 4, "uncovered": 4,
    "checksum_error_rate": 4,
}  # fmt: skip
"""By the member's name; any other has two."""
_OTHER = 2
_AS_CONFIGURED = ("smoothing", "thresholds")
"""Settings, which a record repeats as they were given."""


def unrounded(value: Any, path: str = "") -> Iterator[str]:
    """The members that have more decimals than they may."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in _AS_CONFIGURED:
                yield from unrounded(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from unrounded(inner, path)
    elif isinstance(value, float):
        most = DECIMALS.get(path.rpartition(".")[2], _OTHER)
        if round(value, most) != value:
            yield f"{path} = {value!r} has more than {most} decimals"
