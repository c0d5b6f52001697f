"""`sim camera`, `camera snapshot` and `camera list` as their users run them."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import pytest

from drivers.sim.camera import SimCamera, cards
from drivers.sim.h264 import encode_h264, moving

HAULWATCH = [sys.executable, "-I", "-m", "agent"]
CONFIG = """
[unit]
fleet = "muck"
vehicle = "truck-1"
[gnss]
source = "/dev/ttyS9"
[[cameras]]
name = "bed"
role = "body"
source = "{source}"
[[cameras]]
name = "cab"
role = "cab"
source = "/dev/video9"
"""


@contextmanager
def sim_camera(*options: str) -> Iterator[str]:
    """The address that `sim camera` prints; the command must end well on SIGTERM."""
    with subprocess.Popen([*HAULWATCH, "sim", "camera", *options], stdout=subprocess.PIPE) as process:
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0


def haulwatch(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*HAULWATCH, *arguments], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("kind", [(), ("--rtsp",)])
def test_a_snapshot_of_a_simulated_camera(tmp_path: Path, kind: tuple[str, ...]) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "card.jpg").write_bytes(cards((320, 240))[0])
    output = tmp_path / "shot.jpg"
    with sim_camera("--pictures", str(pictures), "--size", "640x480", *kind) as url:
        config = tmp_path / "agent.toml"
        config.write_text(CONFIG.format(source=url))
        asked = (["--source", url], ["--camera", "bed", "--config", str(config)])
        for which in asked:
            done = haulwatch("camera", "snapshot", *which, "--output", str(output), "--json")
            assert done.returncode == 0, done.stderr
            said = json.loads(done.stdout)
            assert (said["file"], said["width"], said["height"]) == (str(output), 640, 480)
            assert cv2.imread(str(output)).shape == (480, 640, 3)
            output.unlink()


def test_a_camera_that_gives_nothing_is_exit_3_and_one_line_without_its_password(tmp_path: Path) -> None:
    with sim_camera("--fault", "stall") as url:
        secret = url.replace("//", "//admin:geheim@")
        done = haulwatch("camera", "snapshot", "--source", secret, "--timeout", "1")
    assert done.returncode == 3
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert url in done.stderr
    assert "geheim" not in done.stderr


def test_a_snapshot_may_go_to_a_device_and_leaves_it_one() -> None:
    with sim_camera() as url:
        done = haulwatch("camera", "snapshot", "--source", url, "--output", "/dev/null", "--json")
    assert done.returncode == 0
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--source", "/dev/video97"], 3),
        (["--source", "/nowhere/film.mp4"], 3),
        ([], 2),
        (["--source", "a", "--camera", "b"], 2),
        (["--camera", "roof"], 78),
    ],
)
def test_exit_codes_of_snapshot(tmp_path: Path, arguments: list[str], code: int) -> None:
    config = tmp_path / "agent.toml"
    config.write_text(CONFIG.format(source="/dev/video0"))
    assert haulwatch("camera", "snapshot", *arguments, "--config", str(config)).returncode == code


def test_list_shows_the_cameras_of_a_configuration(tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    config.write_text(CONFIG.format(source="rtsp://10.0.0.2/1"))
    done = haulwatch("camera", "list", "--config", str(config), "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    cameras = {c["name"]: c for c in lines if c["role"]}
    assert cameras["bed"] == {"source": "rtsp://10.0.0.2/1", "name": "bed", "role": "body", "on": True}
    assert cameras["cab"]["on"] is False
    assert "bed (body, on)" in haulwatch("camera", "list", "--config", str(config)).stdout


NETWORK = """
[unit]
fleet = "muck"
vehicle = "truck-1"
[gnss]
source = "/dev/ttyS9"
[[cameras]]
name = "bed"
role = "body"
host = "127.0.0.1"
port = {port}
profile = "{profile}"
username = "viewer"
password_file = "{password}"
"""


@pytest.mark.parametrize("profile", ["hikvision", "dahua", "generic-mjpeg"])
def test_a_profile_finds_the_camera_that_behaves_like_it(tmp_path: Path, profile: str) -> None:
    right, wrong, config = tmp_path / "right", tmp_path / "wrong", tmp_path / "agent.toml"
    right.write_text("geh/eim\n")
    wrong.write_text("verraten")
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "a.jpg").write_bytes(cards((320, 240))[0])
    login = ("--user", "viewer", "--password-file", str(right), "--pictures", str(pictures))
    with sim_camera("--profile", profile, *login) as url:
        port = int(url.split(":")[2].split("/")[0])
        output = tmp_path / "shot.jpg"
        asked = ["camera", "snapshot", "--camera", "bed", "--config", str(config), "--output", str(output)]
        config.write_text(NETWORK.format(port=port, profile=profile, password=right))
        done = haulwatch(*asked, "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["source"] == url.split("?")[0]
        assert cv2.imread(str(output)).shape == (240, 320, 3)
        config.write_text(NETWORK.format(port=port, profile=profile, password=wrong))
        refused = haulwatch(*asked)
        assert refused.returncode == 3
        assert "password" in refused.stderr
        assert "verraten" not in refused.stderr


def test_a_snapshot_of_jpeg_is_the_cameras_own(tmp_path: Path) -> None:
    own, output = cards((320, 240))[0], tmp_path / "shot.jpg"
    server = SimCamera(lambda: own, 10).start()
    try:
        for source in (server.url, server.url.replace("stream.mjpg", "still")):
            done = haulwatch("camera", "snapshot", "--source", source, "--output", str(output))
            assert done.returncode == 0, done.stderr
            assert output.read_bytes() == own
    finally:
        server.stop()


def test_an_h264_file_is_sent_and_seen(tmp_path: Path) -> None:
    film, output = tmp_path / "film.h264", tmp_path / "shot.jpg"
    film.write_bytes(encode_h264(moving(320, 240, 25), 25, 25))
    with sim_camera("--stream", str(film), "--fps", "25") as url:
        assert url.startswith("rtsp://")
        assert haulwatch("camera", "snapshot", "--source", url, "--output", str(output)).returncode == 0
    assert cv2.imread(str(output)).shape == (240, 320, 3)
    assert haulwatch("camera", "snapshot", "--source", str(film), "--output", str(output)).returncode == 0


def test_faults_come_by_their_schedule(tmp_path: Path) -> None:
    schedule = tmp_path / "faults.jsonl"
    schedule.write_text('{"kind": "busy", "at": 0, "duration": 4}\n')
    with sim_camera("--faults", str(schedule)) as url:
        done = haulwatch("camera", "snapshot", "--source", url, "--output", "/dev/null", "--timeout", "0.5")
        assert "HTTP status 503" in done.stderr
        end = time.monotonic() + 60
        while haulwatch("camera", "snapshot", "--source", url, "--output", "/dev/null").returncode:
            assert time.monotonic() < end


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--profile", "hikvison"], 78, "no such profile"),
        (["--profile", "generic-uvc"], 2, "no network camera"),
        (["--user", "me"], 2, "go together"),
        (["--rtsp", "--fault", "dribble"], 2, "is of HTTP"),
        (["--faults", "/nowhere"], 2, "/nowhere"),
        (["--stream", __file__], 3, "keyframe"),
    ],
)
def test_what_sim_camera_cannot_be_is_said(options, code, words) -> None:
    done = haulwatch("sim", "camera", *options)
    assert done.returncode == code
    assert words in done.stderr
