"""The folder of taught pictures: what it keeps, what it survives, and how a judge follows it."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from agent.vision.judge import Judge
from agent.vision.manifest import SHIPPED
from agent.vision.teaching import MOST, Teaching, version

PICTURES = Path(__file__).parents[2] / "drivers" / "sim" / "pictures"
WHOLE = ()


def picture(name: str) -> np.ndarray:
    return cv2.imread(str(PICTURES / f"{name}.jpg"), cv2.IMREAD_COLOR)


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (8, 8, 3), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "teaching"


@pytest.fixture
def teaching(folder: Path) -> Teaching:
    return Teaching(folder)


def test_nothing_is_there_before_the_first_picture(teaching, folder) -> None:
    assert teaching.cameras() == teaching.crops("body") == []
    assert version(teaching.crops("body")) is None
    assert teaching.forget("body") == 0
    assert not folder.exists()
    assert Judge.load(None, folder).judge("body", picture("covered-1"), WHOLE).teaching is None


def test_a_picture_is_kept_as_its_bed_alone(teaching) -> None:
    frame = np.zeros((400, 800, 3), np.uint8)
    frame[100:200, 200:400] = picture("covered-1")[:100, :200]
    crop = teaching.keep("body", "covered", frame, ((0.25, 0.25), (0.5, 0.25), (0.5, 0.5), (0.25, 0.5)))
    kept = teaching.picture(crop)
    assert kept is not None
    assert kept.shape[0] < 120
    assert kept.shape[1] < 240
    assert teaching.cameras() == ["body"]


def test_a_large_bed_is_kept_small(teaching) -> None:
    crop = teaching.keep("body", "covered", cv2.resize(picture("covered-1"), (1920, 1080)), WHOLE)
    kept = teaching.picture(crop)
    assert kept is not None
    assert kept.shape == (360, 640, 3)


def test_the_same_picture_counts_once_and_the_later_word_holds(teaching) -> None:
    teaching.keep("body", "covered", picture("covered-1"), WHOLE)
    teaching.keep("body", "covered", picture("covered-1"), WHOLE)
    assert [crop.state for crop in teaching.crops("body")] == ["covered"]
    teaching.keep("body", "empty", picture("covered-1"), WHOLE)
    assert [crop.state for crop in teaching.crops("body")] == ["empty"]


def test_there_is_an_end_to_what_is_kept(teaching) -> None:
    for seed in range(MOST):
        teaching.keep("body", "empty", noise(seed), WHOLE)
    with pytest.raises(ValueError, match="kept already"):
        teaching.keep("body", "empty", noise(MOST), WHOLE)
    teaching.keep("body", "empty", noise(0), WHOLE)
    teaching.keep("body", "covered", noise(MOST), WHOLE)


@pytest.mark.parametrize("name", ["..", ".", "", "a/b"])
def test_a_name_that_leads_elsewhere_is_refused(teaching, name) -> None:
    with pytest.raises(ValueError, match="no camera's name"):
        teaching.keep(name, "empty", noise(0), WHOLE)


def test_a_judge_follows_the_folder(teaching, folder) -> None:
    judge, frame = Judge.load(None, folder), picture("empty-1")
    before = judge.judge("body", frame, WHOLE)
    for number in (1, 2, 3):  # a truck unlike all others
        teaching.keep("body", "covered", picture(f"empty-{number}"), WHOLE)
        teaching.keep("body", "empty", picture(f"covered-{number}"), WHOLE)
        teaching.keep("body", "uncovered", picture(f"uncovered-{number}"), WHOLE)
    after = judge.judge("body", frame, WHOLE)
    assert (before.state, after.state) == ("empty", "covered")
    assert after.teaching == version(teaching.crops("body"))
    assert judge.judge("other", frame, WHOLE) == before, "teaching is per camera"
    assert judge.judge("body", np.zeros_like(frame), WHOLE).reason == "dark"
    teaching.forget("body")
    assert judge.judge("body", frame, WHOLE) == before


def test_another_start_says_the_same(teaching, folder) -> None:
    teaching.keep("body", "covered", picture("empty-2"), WHOLE)
    first = Judge.load(None, folder).judge("body", picture("empty-1"), WHOLE)
    assert list((folder / "body").glob("*.answers"))
    assert Judge.load(None, folder).judge("body", picture("empty-1"), WHOLE) == first


def test_spoilt_answers_are_made_anew(teaching, folder) -> None:
    teaching.keep("body", "covered", picture("empty-2"), WHOLE)
    first = Judge.load(None, folder).judge("body", picture("empty-1"), WHOLE)
    (answers,) = (folder / "body").glob("*.answers")
    content = answers.read_bytes()
    for spoilt in (b"", content[:200], content.replace(b"p", b"q", 1)):
        answers.write_bytes(spoilt)
        assert Judge.load(None, folder).judge("body", picture("empty-1"), WHOLE) == first


def test_a_damaged_picture_is_set_aside_and_the_rest_goes_on(teaching, folder, caplog) -> None:
    teaching.keep("body", "covered", picture("empty-2"), WHOLE)
    bad = teaching.keep("body", "covered", picture("empty-3"), WHOLE)
    content = bad.file.read_bytes()
    bad.file.write_bytes(content[: len(content) // 2])
    judged = Judge.load(None, folder).judge("body", picture("empty-1"), WHOLE)
    assert "is damaged" in caplog.text
    assert bad.file.with_suffix(".damaged").exists()
    assert [crop.name for crop in teaching.crops("body")] != [bad.name]
    assert judged.teaching == version(teaching.crops("body"))


def test_another_model_learns_from_the_same_pictures(teaching, folder, tmp_path) -> None:
    teaching.keep("body", "covered", picture("empty-2"), WHOLE)
    teaching.keep("body", "empty", picture("covered-1"), WHOLE)
    Judge.load(None, folder).judge("body", picture("empty-1"), WHOLE)
    shutil.copytree(SHIPPED.parent, tmp_path / "models")
    manifest = tmp_path / "models" / SHIPPED.name
    described = json.loads(manifest.read_text())
    file = manifest.parent / described["file"]
    file.write_bytes(file.read_bytes() + b"\xa2\x06\x01x")  # an unknown field: another file, the same network
    import hashlib

    described |= {"sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "version": "next"}
    manifest.write_text(json.dumps(described))
    taught = Judge.load(manifest, folder).judge("body", picture("empty-1"), WHOLE)
    assert taught.teaching == version(teaching.crops("body"))
    assert taught.p != Judge.load(manifest).judge("body", picture("empty-1"), WHOLE).p
    assert len(list((folder / "body").glob("*.answers"))) == 2, "each model's own"


def test_a_folder_that_can_not_be_read_leaves_the_model_alone(folder, caplog) -> None:
    folder.mkdir()
    (folder / "body").write_text("no folder")
    judge = Judge.load(None, folder)
    assert judge.judge("body", picture("empty-1"), WHOLE).state == "empty"
