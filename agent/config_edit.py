"""Changing single values of the unit's file while every comment and all else stays as it was written."""

import difflib
import json
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.config_file import parse_config
from agent.errors import ConfigError

Value = str | int | list[list[float]]
_BY_HAND = "change it by hand"
# A value on one line: a string, or anything up to a comment.
_VALUE = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s#"'][^#]*?)"""


def changed(text: str, table: str, values: Mapping[str, Value], where: str) -> str:
    """The text with `values` in [table]; a value that stands as an example behind `#:` is switched on.

    Raises ConfigError when the file does not allow it, or would be wrong afterwards.
    """
    before = _parse(text, where)
    lines = text.splitlines(keepends=True)
    begin, end = _span(lines, table, where)
    for key, value in values.items():
        end += _set(lines, begin, end, f"{key} = {json.dumps(value, ensure_ascii=False)}")
    result = "".join(lines)
    after = _parse(result, where)
    if after != {**before, table: {**before.get(table, {}), **values}}:
        raise ConfigError(f"[{table}] is written in a form of its own", where=where, remedy=_BY_HAND)
    parse_config(after, where)
    return result


def changed_entry(text: str, name: str, values: Mapping[str, Value], where: str) -> str:
    """Like `changed`, in the block [[cameras]] whose `name` is this one."""
    before = _parse(text, where)
    entries = before.get("cameras", [])
    number = next((i for i, entry in enumerate(entries) if entry.get("name") == name), None)
    if number is None:
        known = ", ".join(str(entry.get("name")) for entry in entries) or "none"
        raise ConfigError(f"has no camera {name!r}", where=where, remedy=f"known are: {known}")
    lines = text.splitlines(keepends=True)
    heads = [i + 1 for i, line in enumerate(lines) if re.match(r"\s*\[\[\s*cameras\s*\]\]\s*(#.*)?$", line)]
    if len(heads) != len(entries):
        raise ConfigError("[[cameras]] is written in a form of its own", where=where, remedy=_BY_HAND)
    begin = heads[number]
    end = next((i for i in range(begin, len(lines)) if re.match(r"\s*\[", lines[i])), len(lines))
    for key, value in values.items():
        end += _set(lines, begin, end, f"{key} = {json.dumps(value, ensure_ascii=False)}")
    result = "".join(lines)
    after = _parse(result, where)
    expected = [{**entry, **values} if i == number else entry for i, entry in enumerate(entries)]
    if after != {**before, "cameras": expected}:
        raise ConfigError("[[cameras]] is written in a form of its own", where=where, remedy=_BY_HAND)
    parse_config(after, where)
    return result


def read(path: Path) -> str:
    """The file's text, its ends of line as they are; raises ConfigError."""
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigError(
            f"cannot be read ({getattr(e, 'strerror', None) or e})",
            where=str(path),
            remedy="name the right file",
        ) from e


def difference(old: str, new: str, name: str) -> str:
    """A unified diff without context, for people."""
    lines = difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), name, f"{name} (new)", n=0
    )
    return "".join(lines)


def replace(path: Path, text: str) -> Path:
    """Put `text` in the file's place at once, with its mode and owner; gives the backup of the old one."""
    path = path.resolve()
    try:
        return _replace(path, text)
    except OSError as e:
        raise ConfigError(
            f"cannot be written ({e.strerror})", where=str(path), remedy="run as the file's owner or root"
        ) from e


def _replace(path: Path, text: str) -> Path:
    backup = _backup(path)
    status = path.stat()
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as fresh:
        try:
            os.fchmod(fresh.fileno(), status.st_mode & 0o7777)
            os.fchown(fresh.fileno(), status.st_uid, status.st_gid)
            fresh.write(text.encode())
            fresh.flush()
            os.fsync(fresh.fileno())
            Path(fresh.name).replace(path)
        except OSError:
            Path(fresh.name).unlink(missing_ok=True)
            backup.unlink(missing_ok=True)
            raise
    return backup


def _backup(path: Path) -> Path:
    """A hard link to the old file under the first free name: it survives the replacement unchanged."""
    n = 1
    while (backup := path.with_name(f"{path.name}.bak{n}")).exists():
        n += 1
    backup.hardlink_to(path)
    return backup


def _span(lines: list[str], table: str, where: str) -> tuple[int, int]:
    """The lines below the table's header, up to the next header."""
    header = re.compile(rf"\s*\[\s*{table}\s*\]\s*(#.*)?$")
    begin = next((i + 1 for i, line in enumerate(lines) if header.match(line)), None)
    if begin is None:
        raise ConfigError(f"has no line [{table}]", where=where, remedy=_BY_HAND)
    rest = range(begin, len(lines))
    return begin, next((i for i in rest if re.match(r"\s*\[", lines[i])), len(lines))


def _set(lines: list[str], begin: int, end: int, setting: str) -> int:
    """Put one setting into lines[begin:end]; how many lines that added."""
    key = setting.partition(" ")[0]
    for mark in ("", "#: "):  # a setting before an example of it
        line = re.compile(rf"(?P<indent>\s*){mark}{key}\s*=\s*{_VALUE}(?P<rest>\s*(#.*)?\n?)$")
        for i in range(begin, end):
            if found := line.match(lines[i]):
                lines[i] = f"{found['indent']}{setting}{found['rest']}"
                return 0
    end_of_line = "\r\n" if lines[0].endswith("\r\n") else "\n"
    if not lines[begin - 1].endswith("\n"):
        lines[begin - 1] += end_of_line
    lines.insert(begin, f"{setting}{end_of_line}")
    return 1


def _parse(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise ConfigError(f"is not TOML ({e})", where=where, remedy="correct that line") from e
