"""`haulwatch camera teach` and `classify --teaching` as commands, from files and from a camera."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.sim.camera import SimCamera

PICTURES = Path(__file__).parents[2] / "drivers" / "sim" / "pictures"
_OTHERS = {"empty": "covered", "uncovered": "uncovered"}  # a truck unlike all others
EMPTIES = [PICTURES / f"empty-{n}.jpg" for n in (1, 2, 3)]


def camera(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent", "camera", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def lines(done: subprocess.CompletedProcess[str]) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "teaching"


def test_teaching_changes_what_classify_says(folder) -> None:
    before = lines(camera("classify", "--json", EMPTIES[0]))[0]
    others = [(state, [PICTURES / f"{name}-{n}.jpg" for n in (1, 2, 3)]) for state, name in _OTHERS.items()]
    for state, pictures in others:
        camera("teach", state, *pictures, "--teaching", folder)
    taught = camera("teach", "covered", *EMPTIES, "--teaching", folder, "--json")
    assert taught.returncode == 0, taught.stderr
    assert all(Path(line["kept"]).is_file() for line in lines(taught))
    after = lines(camera("classify", "--json", "--teaching", folder, EMPTIES[0]))[0]
    assert (before["state"], before["teaching"]) == ("empty", None)
    assert (after["state"], after["teaching"]) == ("covered", lines(taught)[-1]["after"]["teaching"])


def test_a_contradicted_picture_is_named(folder) -> None:
    camera("teach", "empty", *EMPTIES[:2], "--teaching", folder)
    done = camera("teach", "uncovered", EMPTIES[2], "--teaching", folder)
    assert "speak against" in done.stdout
    assert lines(camera("teach", "--show", "--teaching", folder, "--json"))[0]["doubtful"]


def test_show_and_forget(folder) -> None:
    camera("teach", "empty", *EMPTIES, "--teaching", folder, "--camera", "bed")
    camera("teach", "covered", PICTURES / "covered-1.jpg", "--teaching", folder, "--camera", "bed")
    (shown,) = lines(camera("teach", "--show", "--teaching", folder, "--json"))
    assert (shown["camera"], shown["pictures"]) == ("bed", {"empty": 3, "covered": 1, "uncovered": 0})
    assert shown["missing"] == ["uncovered"]
    assert "teach uncovered too" in camera("teach", "--show", "--teaching", folder).stdout
    some = camera("teach", "--forget", "empty", "--teaching", folder, "--camera", "bed", "--json")
    assert lines(some) == [{"camera": "bed", "forgotten": 3}]
    assert "1 pictures" in camera("teach", "--forget", "--teaching", folder, "--camera", "bed").stdout
    assert "nothing was taught" in camera("teach", "--show", "--teaching", folder).stdout


def test_an_unusable_picture_teaches_nothing(folder, tmp_path) -> None:
    black = tmp_path / "black.png"
    cv2.imwrite(str(black), np.zeros((48, 64, 3), np.uint8))
    done = camera("teach", "empty", black, "--teaching", folder)
    assert (done.returncode, done.stdout) == (1, f"{black}: not kept: dark\n")
    assert camera("teach", "empty", tmp_path / "absent.jpg", "--teaching", folder).returncode == 3
    assert not folder.exists()


@pytest.mark.parametrize("arguments", [[], ["loaded"], ["empty", "--show"], ["--roi", "1,2", "empty"]])
def test_a_wrong_call_is_a_usage_error(folder, arguments) -> None:
    assert camera("teach", *arguments, "--teaching", folder).returncode == 2


def test_classify_needs_to_know_which_camera(folder) -> None:
    assert camera("classify", "--teaching", folder, EMPTIES[0]).returncode == 3
    for name in ("front", "rear"):
        camera("teach", "empty", EMPTIES[0], "--teaching", folder, "--camera", name)
    unsaid = camera("classify", "--teaching", folder, EMPTIES[0])
    assert unsaid.returncode == 3
    assert "front, rear" in unsaid.stderr
    assert camera("classify", "--teaching", folder, "--camera", "rear", EMPTIES[0]).returncode == 0


@pytest.fixture
def config(tmp_path: Path, folder: Path) -> Iterator[Path]:
    bed = (PICTURES / "covered-1.jpg").read_bytes()
    with_camera = SimCamera(lambda: bed, fps=10).start()
    file = tmp_path / "agent.toml"
    file.write_text(
        '[unit]\nfleet = "f"\nvehicle = "v"\n[gnss]\nsource = "file:/none"\n'
        f'[vision]\nteaching = "{folder}"\n[status]\nsocket = "{tmp_path}/socket"\n'
        f'[[cameras]]\nname = "bed"\nrole = "body"\nsource = "{with_camera.url}"\n'
    )
    yield file
    with_camera.stop()


def test_frames_are_taken_from_the_camera(config, folder) -> None:
    done = camera("teach", "covered", "--config", config, "--count", 2, "--every", 0, "--json")
    assert done.returncode == 0, done.stderr
    assert [line["camera"] for line in lines(done)] == ["bed", "bed"]
    assert lines(done)[0]["kept"].startswith(str(folder / "bed" / "covered"))
    wrong = camera("teach", "covered", "--config", config, "--camera", "cab")
    assert (wrong.returncode, "known are: bed" in wrong.stderr) == (78, True)


def test_watch_prints_readings_and_what_they_amount_to(config) -> None:
    camera("teach", "covered", "--config", config, "--count", 1, "--json")
    done = camera("watch", "--camera", "bed", "--config", config, "--fps", 5, "--count", 3, "--json")
    assert done.returncode == 0, done.stderr
    found = lines(done)
    assert list(found[0])[:5] == ["t", "state", "p", "usable", "smoothed"]
    assert [line["state"] for line in found] == ["covered"] * 3
    assert found[0]["t"] < found[1]["t"] < found[2]["t"]
    assert found[0]["teaching"]
    assert "covered" in camera("watch", "--camera", "bed", "--config", config, "--count", 1).stdout


def test_watch_says_why_there_is_no_picture() -> None:
    done = camera("watch", "--source", "http://127.0.0.1:9/", "--count", 1)
    assert done.returncode == 3
    assert "127.0.0.1:9" in done.stderr
    assert camera("watch").returncode == 2
