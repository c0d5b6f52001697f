"""The file that says when a simulated camera fails: TOML or JSON lines.

TOML: tables `[[faults]]`; JSON lines: one object per line. Keys: `kind`, `at` (s from the start), `duration`
(s; absent: until the next).
"""

import tomllib

import msgspec

from drivers.camera_profile import FaultStep


class _Schedule(msgspec.Struct, forbid_unknown_fields=True):
    faults: tuple[FaultStep, ...] = ()


def read_steps(text: str) -> tuple[FaultStep, ...]:
    """The faults of a file, by time; raises ValueError naming the line or the key."""
    if not text.lstrip().startswith("{"):
        steps = msgspec.convert(tomllib.loads(text), _Schedule).faults
    else:
        steps = tuple(_line(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip())
    return tuple(sorted(steps, key=lambda step: step.at))


def _line(number: int, line: str) -> FaultStep:
    try:
        return msgspec.json.decode(line, type=FaultStep)
    except ValueError as e:
        raise ValueError(f"line {number}: {e}") from e
