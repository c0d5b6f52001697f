"""`haulwatch camera classify` as a command."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

PICTURES = Path(__file__).parents[2] / "drivers" / "sim" / "pictures"
COVERED, EMPTY = PICTURES / "covered-1.jpg", PICTURES / "empty-1.jpg"


def classify(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent", "camera", "classify", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_json_has_one_line_per_picture() -> None:
    done = classify("--json", COVERED, EMPTY)
    assert done.returncode == 0, done.stderr
    first, second = map(json.loads, done.stdout.splitlines())
    assert list(first) == ["file", "state", "p", "usable", "reason", "model", "teaching"]
    assert list(first["p"]) == ["empty", "covered", "partly", "uncovered"]
    assert (first["file"], first["state"], first["usable"], first["reason"]) == (
        str(COVERED),
        "covered",
        True,
        None,
    )
    assert second["state"] == "empty"


def test_plain_lines_are_for_people() -> None:
    done = classify(COVERED)
    assert done.stdout.startswith(f"{COVERED}: covered (empty 0.")


def test_an_unusable_picture_is_unknown_with_its_reason(tmp_path: Path) -> None:
    black = tmp_path / "black.png"
    cv2.imwrite(str(black), np.zeros((48, 64, 3), np.uint8))
    found = json.loads(classify("--json", black).stdout)
    assert (found["state"], found["p"], found["usable"], found["reason"]) == ("unknown", None, False, "dark")
    assert "unknown (dark)" in classify(black).stdout


def test_an_unreadable_picture_stops_nobody(tmp_path: Path) -> None:
    junk = tmp_path / "junk.jpg"
    junk.write_bytes(b"no picture")
    done = classify("--json", junk, tmp_path / "absent.jpg", tmp_path, EMPTY)
    assert done.returncode == 3
    assert [json.loads(line)["state"] for line in done.stdout.splitlines()] == ["empty"]
    complaints = done.stderr.splitlines()
    assert len(complaints) == 3
    assert str(junk) in complaints[0]


def test_the_roi_is_used() -> None:
    whole = json.loads(classify("--json", COVERED).stdout)
    part = json.loads(classify("--json", "--roi", "0.4,0.4;0.6,0.4;0.6,0.6;0.4,0.6", COVERED).stdout)
    assert whole["p"] != part["p"]


@pytest.mark.parametrize("roi", ["0.1,0.1;0.9,0.1", "a,b;c,d;e,f", "0,0;1,0;1,2", "nan,0;1,0;1,1"])
def test_a_wrong_roi_is_a_usage_error(roi: str) -> None:
    done = classify("--roi", roi, COVERED)
    assert done.returncode == 2
    assert "--roi" in done.stderr


def test_no_picture_is_a_usage_error() -> None:
    assert classify().returncode == 2
