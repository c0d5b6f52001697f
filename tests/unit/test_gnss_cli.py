"""`haulwatch gnss` as a program."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivers.sim.nmea import Pose, burst
from drivers.sim.receiver import SimReceiver
from drivers.sim.worlds import straight

SHARED = Path(os.environ.get("HAULWATCH_SHARED", Path(__file__).parents[2].parent / "shared"))
UTC_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RECORDING = burst(UTC_NOON, Pose(31.25, 121.5, 8.0, 10.0, 45.0)) + burst(UTC_NOON.replace(second=1), None)
ROWS = [
    {"time": "2026-03-01T12:00:00.000Z", "lat": 31.25, "lon": 121.5, "alt": 8.0, "speed": 9.9998}
    | {"course": 45.0, "mode": "3d", "satellites": 8, "hdop": 0.92},
    {"time": "2026-03-01T12:00:01.000Z", "lat": None, "lon": None, "alt": None, "speed": None}
    | {"course": None, "mode": "none", "satellites": None, "hdop": None},
]
COMMAND = [sys.executable, "-m", "agent", "gnss"]


def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], input=given, capture_output=True, timeout=30, check=False)


def rows(output: bytes) -> list[object]:
    return [json.loads(line) for line in output.splitlines()]


def test_decode_says_when_there_is_no_sentence(tmp_path: Path) -> None:
    (tmp_path / "picture.jpg").write_bytes(b"\xff\xd8\xff" * 1000)
    done = run("decode", str(tmp_path / "picture.jpg"))
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"picture.jpg: no NMEA sentence in it" in done.stderr


def test_a_file_is_no_port(tmp_path: Path) -> None:
    (tmp_path / "drive.nmea").write_bytes(RECORDING)
    done = run("watch", "--source", str(tmp_path / "drive.nmea"))
    assert done.returncode == 3
    assert b"is no serial port" in done.stderr


def test_decode_a_file(tmp_path: Path) -> None:
    recording = tmp_path / "drive.nmea"
    recording.write_bytes(RECORDING)
    done = run("decode", str(recording))
    assert (done.returncode, rows(done.stdout), done.stderr) == (0, ROWS, b"")


@pytest.mark.parametrize("arguments", [["decode", "-"], ["decode"], ["decode", "--json", "-"]])
def test_decode_standard_input(arguments: list[str]) -> None:
    done = run(*arguments, given=b"noise\xff" + RECORDING)
    assert (done.returncode, rows(done.stdout)) == (0, ROWS)


def test_decode_all_that_is_known_and_mends_dates() -> None:
    late = burst(UTC_NOON.replace(year=2007, month=4, day=10), Pose(31.25, 121.5))
    done = run("decode", "--all", "--not-before", "2026-11-24", given=late)
    ((epoch,), plain) = rows(done.stdout), rows(run("decode", given=late).stdout)
    assert isinstance(epoch, dict)
    assert (epoch["time"], epoch["date_origin"]) == ("2026-11-24T12:00:00.000Z", "rollover")
    assert (epoch["used_by"], epoch["in_view_by"], epoch["inferred"]) == ({"gps": 8}, {"gps": 8}, ["utc"])
    assert [list(r) for r in plain if isinstance(r, dict)] == [list(ROWS[0])]
    assert run("decode", "--weeks", "1024", given=late).stdout.startswith(b'{"time":"2026-11-24')
    assert run("decode", "--not-before", "soon").returncode == 2


def test_decode_streams() -> None:
    with subprocess.Popen([*COMMAND, "decode"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdin
        assert program.stdout
        program.stdin.write(RECORDING + burst(UTC_NOON.replace(second=2), None))
        program.stdin.flush()
        assert json.loads(program.stdout.readline()) == ROWS[0]
        program.communicate(timeout=10)


def test_a_missing_file_is_one_line_and_exit_code_3(tmp_path: Path) -> None:
    for arguments in (["decode", str(tmp_path / "none")], ["watch", "--source", str(tmp_path / "none")]):
        done = run(*arguments)
        assert (done.returncode, done.stdout) == (3, b"")
        assert done.stderr.count(b"\n") == 1
        assert str(tmp_path / "none").encode() in done.stderr


def test_an_empty_recording_is_fine() -> None:
    done = run("decode", "-")
    assert (done.returncode, done.stdout) == (0, b"")


def test_watch_prints_epochs_until_stopped(tmp_path: Path) -> None:
    sim = SimReceiver(tmp_path / "tty", straight(Pose(31.25, 121.5)), 5.0).start()
    watch = [*COMMAND, "watch", "--source", str(tmp_path / "tty"), "--json"]
    with subprocess.Popen(watch, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout
        assert json.loads(program.stdout.readline())["lat"] == 31.25
        program.send_signal(signal.SIGTERM)
        program.communicate(timeout=10)
    assert program.returncode == 0
    sim.stop()


def test_ports_lists() -> None:
    done = run("ports", "--json")
    assert done.returncode == 0
    assert all("held_by" in json.loads(line) for line in done.stdout.splitlines())


def test_recordings_of_real_receivers() -> None:
    scorer = SHARED / "gnss" / "score_gnss.py"
    if not scorer.exists():
        pytest.skip("shared data absent")
    command = f"{sys.executable} -m agent gnss decode {{file}}"
    done = subprocess.run(
        [sys.executable, scorer, "--dir", SHARED / "gnss" / "dev", "--cmd", command],
        capture_output=True, text=True, timeout=110, check=True,
    )  # fmt: skip
    total = next(line for line in done.stdout.splitlines() if line.startswith("TOTAL"))
    words = total.replace("(", " ").replace("%)", " ").split()
    figures = {
        name: float(words[words.index(name) + 1]) for name in ("crashes", "macro", "false", "badlines")
    }
    assert figures["macro"] >= 99.9, done.stdout
    assert (figures["crashes"], figures["false"], figures["badlines"]) == (0, 0, 0), done.stdout


def test_detect_tells_of_a_file_it_cannot_write_before_it_searches(tmp_path: Path) -> None:
    done = run("detect", "--ports", str(tmp_path / "none"), "--write", str(tmp_path / "none.toml"))
    assert (done.returncode, done.stdout) == (78, b"")
    assert f"{tmp_path / 'none.toml'}: cannot be read (No such file" in done.stderr.decode()


def test_watch_as_a_table(tmp_path: Path) -> None:
    recording = tmp_path / "drive.nmea"
    recording.write_bytes(RECORDING)
    done = run("watch", "--table", "--source", f"file:{recording}")
    assert done.returncode == 0, done.stderr
    assert b"dB-Hz" in done.stdout
