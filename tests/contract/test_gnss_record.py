"""`haulwatch gnss record` and `watch` as programs, on ptys and recordings."""

import json
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drivers.sim.nmea import Pose, burst
from drivers.sim.receiver import SimReceiver
from drivers.sim.worlds import straight

COMMAND = [sys.executable, "-m", "agent", "gnss"]
EPOCH = datetime(2026, 11, 24, 6, tzinfo=UTC)
POSE = Pose(31.25, 121.5)


@pytest.fixture
def sim(tmp_path: Path) -> Iterator[SimReceiver]:
    sim = SimReceiver(tmp_path / "tty", straight(POSE), 10.0, EPOCH).start()
    yield sim
    sim.stop()


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def recording(path: Path, epochs: int) -> Path:
    path.write_bytes(b"".join(burst(EPOCH + timedelta(seconds=n), POSE) for n in range(epochs)))
    return path


def test_seconds_of_a_receiver_with_a_header(sim, tmp_path: Path) -> None:
    file = tmp_path / "drive.nmea"
    done = run("record", "--source", tmp_path / "tty", "--seconds", "1.5", "--module", 'X-1 "R"', file)
    assert done.returncode == 0, done.stderr
    header = tomllib.loads((tmp_path / "drive.nmea.hdr").read_text())
    assert header["source"] == str(tmp_path / "tty")
    assert header["module"] == 'X-1 "R"'
    assert (header["baud"], header["profile"], header["ended"]) == (9600, "generic-nmea", "")
    assert header["bytes"] == file.stat().st_size > 1000
    assert header["kinds"]["GNRMC"] >= 5
    assert header["begun"].startswith("20")
    decoded = run("decode", file).stdout.splitlines()
    assert {json.loads(line)["lat"] for line in decoded[1:-1]} == {31.25}


def test_so_many_bytes_exactly(sim, tmp_path: Path) -> None:
    done = run("record", "--source", tmp_path / "tty", "--bytes", "1000", tmp_path / "short", "--json")
    assert json.loads(done.stdout)["bytes"] == 1000
    assert (tmp_path / "short").stat().st_size == 1000


def test_a_signal_and_an_unplugged_receiver_keep_what_there_was(sim, tmp_path: Path) -> None:
    for name, end in (("signal", None), ("unplug", sim.unplug)):
        command = [*COMMAND, "record", "--source", str(tmp_path / "tty"), str(tmp_path / name)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
            part = next(wait_for(lambda name=name: list(tmp_path.glob(f".{name}.[0-9]*"))))
            next(wait_for(lambda part=part: part[0].stat().st_size))
            assert not (tmp_path / name).exists()
            if end:
                end()
            else:
                program.send_signal(signal.SIGTERM)
            program.communicate(timeout=20)
        assert program.returncode == 0
        assert (tmp_path / name).stat().st_size > 0
    assert tomllib.loads((tmp_path / "unplug.hdr").read_text())["ended"] == "unplugged"
    assert sorted(os.listdir(tmp_path)) == ["signal", "signal.hdr", "unplug", "unplug.hdr"]


def wait_for(condition):
    """Yields what the condition gives once it gives something."""
    import time

    end = time.monotonic() + 20
    while not (given := condition()):
        assert time.monotonic() < end
        time.sleep(0.02)
    yield given


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    source = f"file:{recording(tmp_path / 'source', 2)}?rate=50"
    for name in ("old", "old2.hdr"):
        (tmp_path / name).write_text("precious")
    for name in ("old", "old2"):
        done = run("record", "--source", source, tmp_path / name)
        assert (done.returncode, "is there already" in done.stderr) == (2, True)
    assert sorted(os.listdir(tmp_path)) == ["old", "old2.hdr", "source"]
    assert (tmp_path / "old").read_text() == (tmp_path / "old2.hdr").read_text() == "precious"


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    source = f"file:{recording(tmp_path / 'source', 2)}?rate=50"
    done = run("record", "--source", source, tmp_path / "none" / "file")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)


def test_a_recording_of_a_recording_is_the_same(tmp_path: Path) -> None:
    source = recording(tmp_path / "source", 20)
    done = run("record", "--source", f"file:{source}?rate=100", tmp_path / "copy")
    assert "recording ended" in done.stderr
    assert (tmp_path / "copy").read_bytes() == source.read_bytes()


def test_watch_plays_a_recording_to_its_end(tmp_path: Path) -> None:
    source = recording(tmp_path / "source", 20)
    done = run("watch", "--source", f"file:{source}?rate=100", "--json")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 20
    assert "recording ended" in done.stderr


def test_watch_shows_the_sky(tmp_path: Path) -> None:
    source = recording(tmp_path / "source", 30)
    for flag in ("--json", None):
        done = run("watch", "--sky", "--source", f"file:{source}?rate=15", *filter(None, [flag]))
        assert done.returncode == 0, done.stderr
        if flag:
            skies = [row["sky"] for row in map(json.loads, done.stdout.splitlines()) if "sky" in row]
            assert {s["constellation"] for s in skies[0]} >= {"gps"}
        else:
            assert "gps " in done.stdout


@pytest.mark.parametrize("source", ["tcp://localhost:1", "file:relative", ""])
def test_a_wrong_source_is_a_usage_error(source: str) -> None:
    done = run("watch", "--source", source)
    assert (done.returncode, "gpsd://host" in done.stderr) == (2, True)
