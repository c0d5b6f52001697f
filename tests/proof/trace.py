"""What a process did to the files of one folder, and what it said meanwhile, in one order: strace(1) tells.

A shim under the process (LD_PRELOAD) would see the same calls, but one run would give one cut. The trace
holds every byte written, so any number of power cuts can be made from one run, each at a known place.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

CALLS = (
    "openat", "write", "pwrite64", "ftruncate", "truncate", "fallocate", "fdatasync", "fsync",
    "unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir",
)  # fmt: skip
_BY_DESCRIPTOR = ("write", "pwrite64", "ftruncate", "fallocate", "fdatasync", "fsync")
_LINE = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+)(.*)")
_BYTES = re.compile(r"(?:\\x[0-9a-f]{2})*")
_FD = re.compile(r"(-?\d+|AT_FDCWD)(?:<(.*)>)?(?:\(deleted\))?")
ROOT = Path(__file__).parents[2]


class Call(msgspec.Struct, frozen=True):
    """One call that touched the folder; `path` relative to it, `line` where it is in the trace."""

    name: str
    path: str
    line: int
    ok: bool
    offset: int | None = None
    content: bytes = b""
    target: str = ""
    flags: str = ""
    ordinal: int = 0  # among the process's calls of this name, from 1
    process: str = ""
    injected: bool = False


class Said(msgspec.Struct, frozen=True):
    """A line that the process wrote to its standard output."""

    line: int
    what: dict[str, Any]


class Run(msgspec.Struct, frozen=True):
    """What happened, in order, and how the process ended."""

    happened: list[Call | Said]
    code: int
    errors: str

    @property
    def said(self) -> list[dict[str, Any]]:
        """Only the words."""
        return [thing.what for thing in self.happened if isinstance(thing, Said)]


def unfit() -> str | None:
    """Why no trace can be made here; None when it can."""
    if not shutil.which("strace"):
        return "strace is not installed"
    command = ["strace", "-qq", "-o", os.devnull, "true"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"strace may not trace here: {done.stderr.strip()}" if done.returncode else None


def run(folder: Path, arguments: Sequence[object], inject: str | None = None) -> Run:
    """Run `python -m ARGUMENTS` from the checkout and read its trace; `inject` is strace's -e inject=…"""
    with tempfile.NamedTemporaryFile(suffix=".strace") as log:
        command = ["strace", "-f", "-qq", "-y", "-xx", "-s", "4000000", "-o", log.name, "--seccomp-bpf"]
        command += ["-e", "trace=" + ",".join(CALLS)]
        command += ["-e", f"inject={inject}"] if inject else []
        command += [sys.executable, "-m", *map(str, arguments)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
        with open(log.name) as lines:
            return Run(list(_read(lines, str(folder))), done.returncode, done.stderr)


def _read(lines: Iterator[str], folder: str) -> Iterator[Call | Said]:
    ordinals: dict[tuple[str, str], int] = {}
    places: dict[tuple[str, str], int] = {}
    for number, line in enumerate(lines):
        found = _LINE.match(line)
        if not found:
            if "unfinished" in line:
                raise ValueError(f"two threads at once: {line[:200]}")
            continue
        process, name, text, result, rest = found.groups()
        ordinal = ordinals[process, name] = ordinals.get((process, name), 0) + 1
        arguments = text.split(", ")
        if name == "write" and arguments[0].startswith("1<"):
            yield Said(number, json.loads(_text(arguments[1])))
            continue
        call = _call(name, arguments, int(result), folder)
        if call is None:
            continue
        fd = process, arguments[0].split("<")[0] if name == "write" else result
        if name == "openat":
            places[fd] = 0
        elif name == "write" and call.ok:
            call = msgspec.structs.replace(call, offset=places.get(fd, 0))
            places[fd] = places.get(fd, 0) + int(result)
        yield msgspec.structs.replace(
            call, line=number, ordinal=ordinal, process=process, injected="INJECTED" in rest
        )


def _call(name: str, arguments: list[str], result: int, folder: str) -> Call | None:
    """The call without its place; None when it is about another folder."""
    if name in _BY_DESCRIPTOR:
        path = _within(_path_of(arguments[0]), folder)
        return None if path is None else _to_descriptor(name, path, arguments, result)
    named = [_text(part).decode() for part in arguments if part.startswith('"')]
    path, ok = _within(named[0], folder), result >= 0
    if path is None:
        return None
    if name == "openat":
        return Call(name, path, 0, ok, flags=arguments[2])
    if name == "truncate":
        return Call("ftruncate", path, 0, ok, int(arguments[1], 0))
    if name.startswith("rename"):
        return Call("rename", path, 0, ok, target=_within(named[1], folder) or "")
    return Call("rmdir" if "AT_REMOVEDIR" in arguments[-1] else name.removesuffix("at"), path, 0, ok)


def _to_descriptor(name: str, path: str, arguments: list[str], result: int) -> Call:
    content, offset = b"", None
    if name in ("write", "pwrite64"):
        content = _text(arguments[1])[: max(0, result)]
    if name in ("pwrite64", "ftruncate"):
        offset = int(arguments[-1], 0)
    elif name == "fallocate":
        offset = int(arguments[2], 0) + int(arguments[3], 0)
    return Call(name, path, 0, result >= 0, offset, content)


def _text(argument: str) -> bytes:
    found = _BYTES.fullmatch(argument.strip('"'))
    if not found:
        raise ValueError(f"not whole in the trace: {argument[:80]}")
    return bytes.fromhex(found[0].replace("\\x", ""))


def _path_of(argument: str) -> str:
    found = _FD.fullmatch(argument)
    if not found or not found[2] or "deleted" in argument:
        return ""
    return _text(found[2]).decode(errors="replace")


def _within(path: str, folder: str) -> str | None:
    if path == folder:
        return "."
    return path[len(folder) + 1 :] if path.startswith(folder + "/") else None
