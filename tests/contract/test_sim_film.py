"""`haulwatch sim camera --film` as a process: a stream that a camera reads, and the truth in a file."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.sim.film.film import Film

SCRIPT = """
truck = "b"
[[stretches]]
duration_s = 600
state = "covered"
exposed = 0.2
light = "cloud"
"""
COMMAND = [sys.executable, "-m", "agent"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False, cwd="/")


@pytest.mark.parametrize("way", [(), ("--rtsp",)])
def test_what_the_stream_shows_is_the_film_and_its_truth(tmp_path: Path, way):
    script, truth, taken = (tmp_path / name for name in ("film.toml", "truth.jsonl", "now.jpg"))
    script.write_text(SCRIPT)
    command = [*COMMAND, "sim", "camera", "--film", str(script), "--truth", str(truth), "--fps", "5", *way]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd="/") as camera:
        try:
            ready = json.loads(camera.stdout.readline())
            done = run("camera", "snapshot", "--source", ready["url"], "--output", str(taken))
            assert done.returncode == 0, done.stderr
        finally:
            camera.terminate()
            assert camera.wait(20) == 0
    film = Film.open(None, script)
    assert (ready["truck"], ready["duration_s"], len(ready["roi"])) == ("b", 600, len(film.roi))
    lines = [json.loads(line) for line in truth.read_text().splitlines()]
    assert {(line["state"], line["exposed"]) for line in lines} == {("partly", 0.2)}
    assert [line["mono_ns"] for line in lines] == sorted(line["mono_ns"] for line in lines)
    seen, shown = cv2.imread(str(taken)), film.frame(lines[-1]["t_s"])
    assert np.abs(seen.astype(int) - shown).mean() < 6, "the truck stands still, so that any moment will do"


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("--film", "nowhere.toml"), 78, "nowhere.toml"),
        (("--film", "opened", "--plates", str(Path(__file__).parent)), 3, "no *.roi.jsonl"),
    ],
)
def test_what_cannot_be_shown_is_said_in_one_line(arguments, code, named):
    done = run("sim", "camera", *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (code, 1)
    assert named in done.stderr
