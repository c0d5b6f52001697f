"""`haulwatch track` as a program."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "agent", "track"]
ROWS = [
    {"time": "2026-03-01T12:00:00.000Z", "lat": 31.25, "lon": 121.5, "alt": 8.0, "speed": 9.9998}
    | {"course": 45.0, "mode": "3d", "satellites": 8, "hdop": 0.92},
    {"time": "2026-03-01T12:00:01.000Z", "lat": None, "lon": None, "alt": None, "speed": None}
    | {"course": None, "mode": "none", "satellites": None, "hdop": None},
]
LINES = "\n".join(map(json.dumps, ROWS)).encode()


def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], input=given, capture_output=True, timeout=30, check=False)


def rows(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, object]]:
    assert (done.returncode, done.stderr) == (0, b"")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_lines_come_back_as_they_were() -> None:
    batch = run("encode", given=LINES)
    assert batch.stderr == b""
    assert rows(run("decode", given=batch.stdout)) == ROWS
    full = rows(run("decode", "--all", "-", given=batch.stdout))
    assert [row["seq"] for row in full] == [1, 2]
    again = run("encode", given=b"\n".join(json.dumps(row).encode() for row in full))
    assert again.stdout == batch.stdout


def test_a_batch_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "fixes.jsonl").write_bytes(LINES)
    batch = tmp_path / "fixes.ht"
    (said,) = rows(run("encode", str(tmp_path / "fixes.jsonl"), "-o", str(batch), "--json"))
    assert (said["fixes"], said["bytes"]) == (2, batch.stat().st_size)
    (head,) = rows(run("decode", "--head", str(batch)))
    assert (head["from"], head["to"], head["time"]) == (1, 2, "2026-03-01T12:00:00.000Z")


@pytest.mark.parametrize(
    ("arguments", "given", "said"),
    [
        (("decode",), LINES, b"standard input: not a compact track batch"),
        (("decode", "/nowhere/batch.ht"), b"", b"/nowhere/batch.ht: cannot be read"),
        (("encode", "-o", "/dev/null"), LINES + b'\n{"lat": "x"}', b"-:3: no fix"),
        (("encode", "-o", "/dev/null"), b"", b"a batch has 1 to 65536 fixes"),
        (("encode", "-o", "/nowhere/batch.ht"), LINES, b"/nowhere/batch.ht: cannot be written"),
    ],
)
def test_a_failure_is_said_in_one_line(arguments: tuple[str, ...], given: bytes, said: bytes) -> None:
    done = run(*arguments, given=given)
    assert (done.returncode, done.stdout) == (3, b"")
    assert said in done.stderr
    assert done.stderr.count(b"\n") == 1
