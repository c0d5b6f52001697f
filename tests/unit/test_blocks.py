"""A picture in a terminal."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from agent.vision.blocks import blocks
from drivers.sim.picture_book import PictureBook

ROI = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))


@pytest.mark.parametrize(
    ("columns", "rows", "size"), [(80, 24, (64, 24)), (40, 24, (40, 15)), (80, 10, (26, 10))]
)
def test_a_picture_keeps_its_shape(columns, rows, size):
    picture = np.zeros((480, 640, 3), np.uint8)
    lines = blocks(picture, (), columns, rows).plain.splitlines()
    assert (len(lines[0]), len(lines)) == size


def test_colours_and_outline_are_where_they_were():
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[:, 320:] = (0, 0, 255)
    text = blocks(picture, ROI, 64, 24)

    def upper(row, column):
        at = row * 65 + column
        style = next(span.style for span in text.spans if span.start <= at < span.end)
        return tuple(style.color.triplet)

    assert upper(2, 5) == (0, 0, 0)
    assert upper(2, 60) == (255, 0, 0)
    assert upper(12, 16) == (255, 255, 0)


def test_without_a_terminal_the_picture_goes_into_a_file(tmp_path):
    film = tmp_path / "film"
    film.mkdir()
    (film / "1.jpg").write_bytes(PictureBook.shipped().view("uncovered"))
    command = [
        sys.executable,
        "-m",
        "agent",
        "camera",
        "watch",
        "--source",
        str(film),
        "--show",
        "--count",
        "1",
    ]
    command += ["--roi", ";".join(f"{x},{y}" for x, y in ROI)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    name = done.stdout.split()[-1]
    assert cv2.imread(str(tmp_path / name)) is not None
    told = subprocess.run([*command, "--json"], cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert json.loads(told.stdout)["usable"] in (True, False)
    assert Path(name).suffix == ".jpg"
