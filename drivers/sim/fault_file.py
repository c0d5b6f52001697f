"""The file that says when a simulated receiver fails: TOML or JSON lines.

TOML: tables `[[faults]]`; JSON lines: one object per line. Keys: `at` (s from start), `kind`, `duration`
(s; absent: for ever) and the parameters of the kind.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from drivers.sim.faults import KINDS, Fault, Parameter

_COMMON = ("at", "kind", "duration")


class ScheduleError(ValueError):
    """A schedule that cannot be meant: the message names line, key and the nearest valid word."""


def read_schedule(text: str) -> list[Fault]:
    """The faults of a file, by time; raises ScheduleError."""
    rows = _json_lines(text) if text.lstrip().startswith("{") else _toml(text)
    return sorted((_fault(line, row) for line, row in rows), key=lambda fault: fault.at)


def fault(kind: str, at: float = 0.0, duration: float | None = None, **parameters: float | str) -> Fault:
    """A fault with its kind and parameters checked; raises ScheduleError."""
    row: dict[str, Any] = {"kind": kind, "at": at, **parameters}
    return _fault(_Lines("", 0), row if duration is None else {**row, "duration": duration})


class _Lines:
    """Where a fault stands in its file: its first line, and the lines of its keys."""

    def __init__(self, text: str, first: int) -> None:
        self._text, self._first = text.splitlines(), first

    def of(self, key: str) -> str:
        """`line N: key 'K'`, as exactly as can be told."""
        named = re.compile(rf"""[\s[]*["']?{re.escape(key)}["']?\s*[]=:]""")
        found = next((i for i, line in enumerate(self._text) if named.match(line)), 0)
        return f"line {self._first + found}: key {key!r}" if self._first else f"key {key!r}"


def _json_lines(text: str) -> Iterator[tuple[_Lines, dict[str, Any]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as e:
            raise ScheduleError(f"line {number}: not JSON ({e})") from e
        if not isinstance(row, dict):
            raise ScheduleError(f"line {number}: not an object")
        yield _Lines(line, number), row


def _toml(text: str) -> Iterator[tuple[_Lines, dict[str, Any]]]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise ScheduleError(f"not TOML: {e}") from e
    for key in document:
        if key != "faults":
            raise ScheduleError(f"{_Lines(text, 1).of(key)} is unknown; the tables are named [[faults]]")
    rows = document.get("faults", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ScheduleError("key 'faults' is not a list of tables [[faults]]")
    heads = [m.start() for m in re.finditer(r"^\s*\[\[\s*faults\s*\]\]", text, re.M)]
    for i, row in enumerate(rows):
        begin = heads[i] if i < len(heads) else 0
        end = heads[i + 1] if i + 1 < len(heads) else len(text)
        part = text[begin:end].lstrip("\n")
        yield _Lines(part, text[:end].count("\n") - part.count("\n") + 1), row


def _fault(where: _Lines, row: dict[str, Any]) -> Fault:
    if "kind" not in row:
        raise ScheduleError(f"{where.of('kind')} is missing")
    name = row["kind"]
    if not isinstance(name, str) or name not in KINDS:
        raise ScheduleError(f"{where.of('kind')}: no fault {name!r}{_nearest(name, KINDS)}")
    kind = KINDS[name]
    known = [*_COMMON, *kind.parameters]
    for key in row:
        if key not in known:
            raise ScheduleError(f"{where.of(key)} is unknown for {name!r}{_nearest(key, known)}")
    at = _number(where, "at", row.get("at", 0.0), Parameter(""))
    duration = row.get("duration")
    if duration is not None and kind.instant:
        raise ScheduleError(f"{where.of('duration')}: {name!r} happens at once and has none")
    lasting = None if duration is None else _number(where, "duration", duration, Parameter("", low=0.001))
    values = {key: _value(where, key, row[key], p) for key, p in kind.parameters.items() if key in row}
    if ("lat" in values) != ("lon" in values):
        raise ScheduleError(f"{where.of('lat' if 'lat' in values else 'lon')}: lat and lon go together")
    return Fault(name, at, lasting, values)


def _value(where: _Lines, key: str, value: Any, parameter: Parameter) -> float | str:
    if not parameter.choices:
        return _number(where, key, value, parameter)
    if value not in parameter.choices:
        near = _nearest(value, parameter.choices)
        raise ScheduleError(f"{where.of(key)}: {value!r} is none of {', '.join(parameter.choices)}{near}")
    return str(value)


def _number(where: _Lines, key: str, value: Any, parameter: Parameter) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ScheduleError(f"{where.of(key)}: {value!r} is no number")
    if not parameter.low <= value <= parameter.high:
        raise ScheduleError(
            f"{where.of(key)}: {value} is not between {parameter.low:g} and {parameter.high:g}"
        )
    return float(value)


def _nearest(word: object, known: Any) -> str:
    near = get_close_matches(str(word), list(known), 1, 0.4)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"
