"""The model loads only as described, judges the demo's pictures right and never raises on a frame."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.errors import ModelError
from agent.vision.classifier import Classifier
from agent.vision.judge import Judge, word
from agent.vision.manifest import SHIPPED
from agent.vision.preprocess import bed_box, crop_bed, shrink
from tests.samples import samples

PICTURES = Path(__file__).parents[2] / "drivers" / "sim" / "pictures"
LOADS = [f for f in sorted(PICTURES.glob("*.jpg")) if not f.name.startswith("cab")]
RELATIVE = st.floats(-2, 3)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge.load(None)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(SHIPPED.parent, tmp_path / "models")
    return tmp_path / "models" / SHIPPED.name


def edit(manifest: Path, **changes: object) -> None:
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | changes))


def as_streamed(file: Path) -> np.ndarray:
    """What the simulated camera makes of it: 640x480, JPEG quality 80."""
    picture = cv2.resize(cv2.imread(str(file), cv2.IMREAD_COLOR), (640, 480))
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def test_the_version_is_the_manifests(judge, copy) -> None:
    assert judge.model == json.loads(copy.read_text())["version"]
    assert Classifier.load(copy).version == judge.model


def test_there_are_enough_pictures_for_the_demo() -> None:
    names = [f.name.split("-")[0] for f in LOADS]
    assert all(names.count(state) >= 3 for state in ("empty", "covered", "uncovered"))


@pytest.mark.parametrize("file", LOADS, ids=lambda f: f.stem)
def test_the_demos_pictures_are_judged_right_with_margin(judge, file) -> None:
    label = file.name.split("-")[0]
    for picture in (cv2.imread(str(file), cv2.IMREAD_COLOR), as_streamed(file)):
        judgement = judge.judge("body", picture, ())
        assert (judgement.state, judgement.usable, judgement.reason) == (label, True, None)
        assert getattr(judgement.p, label) >= 0.8


def test_probabilities_add_up(judge) -> None:
    p = judge.judge("body", cv2.imread(str(LOADS[0]), cv2.IMREAD_COLOR), ()).p
    assert p.empty + p.covered + p.partly + p.uncovered == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (np.zeros((480, 640, 3), np.uint8), "dark"),
        (np.full((480, 640, 3), 255, np.uint8), "glare"),
        (np.full((480, 640, 3), 90, np.uint8), "blocked"),
        (cv2.GaussianBlur(as_streamed(LOADS[0]), (0, 0), 30), "blurred"),
    ],
    ids=["black", "white", "uniform", "out of focus"],
)
def test_an_unusable_frame_is_unknown_and_not_judged(judge, picture, reason) -> None:
    judgement = judge.judge("body", picture, ())
    assert (judgement.state, judgement.p, judgement.usable) == ("unknown", None, False)
    assert judgement.reason == reason


@settings(
    deadline=None, max_examples=samples(40), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    shape=st.tuples(st.integers(1, 700), st.integers(1, 700)),
    channels=st.sampled_from([None, 1, 3, 4]),
    roi=st.lists(st.tuples(RELATIVE, RELATIVE), max_size=6),
    seed=st.integers(0, 2**32 - 1),
)
def test_no_frame_and_no_roi_raises(judge, shape, channels, roi, seed) -> None:
    full = shape if channels is None else (*shape, channels)
    frame = np.random.default_rng(seed).integers(0, 256, full, dtype=np.uint8)
    judgement = judge.judge("body", frame, tuple(roi))
    assert judgement.usable == (judgement.p is not None) == (judgement.state != "unknown")


@given(st.integers(1, 4000), st.integers(1, 4000), st.lists(st.tuples(RELATIVE, RELATIVE), max_size=6))
def test_the_box_lies_in_the_frame_and_is_not_empty(width, height, roi) -> None:
    x0, y0, x1, y1 = bed_box(width, height, tuple(roi))
    assert 0 <= x0 < x1 <= width
    assert 0 <= y0 < y1 <= height


def test_the_crop_keeps_a_rim() -> None:
    roi = ((0.25, 0.5), (0.75, 0.5), (0.75, 0.9), (0.25, 0.9))
    assert bed_box(1000, 500, roi, 0.1) == (200, 230, 800, 470)
    assert crop_bed(np.zeros((500, 1000, 3), np.uint8), roi, 0.1).shape == (240, 600, 3)


def test_a_large_crop_shrinks_to_what_area_averaging_gives() -> None:
    picture = cv2.resize(cv2.imread(str(LOADS[0]), cv2.IMREAD_COLOR), (1920, 1080))
    averaged = cv2.resize(picture, (160, 160), interpolation=cv2.INTER_AREA)
    assert np.abs(shrink(picture, 160).astype(int) - averaged).mean() < 3


def test_an_altered_model_is_refused(copy) -> None:
    file = copy.parent / json.loads(copy.read_text())["file"]
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(ModelError, match="SHA-256 differs"):
        Classifier.load(copy)


def test_what_is_no_model_is_refused(copy) -> None:
    import hashlib

    (copy.parent / "junk.onnx").write_bytes(b"junk")
    edit(copy, file="junk.onnx", sha256=hashlib.sha256(b"junk").hexdigest())
    with pytest.raises(ModelError, match="can't run it"):
        Classifier.load(copy)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"file": "absent.onnx"}, "can't be read"),
        ({"classes": ["empty", "covered"]}, "classes"),
        ({"input": "big"}, "no model manifest"),
        ({"surprise": 1}, "no model manifest"),
        ({"accuse": 1.5}, "no model manifest"),
        ({"file": "../load.onnx"}, "no model manifest"),
        ({"embedding": 64}, r"gives embedding of shape \(1, 1280\), not \(1, 64\)"),
    ],
)
def test_a_wrong_manifest_is_refused(copy, changes, what) -> None:
    edit(copy, **changes)
    with pytest.raises(ModelError, match=what):
        Classifier.load(copy)


def test_the_embedding_is_what_the_probabilities_follow_from(copy) -> None:
    model = Classifier.load(copy)
    one, other = (model.ask(model.prepare(as_streamed(file), ())) for file in (LOADS[0], LOADS[-1]))
    assert one.embedding.shape == (model.manifest.embedding,)
    assert not np.allclose(one.embedding, other.embedding)


def test_the_first_answer_outlives_the_second(copy) -> None:
    model = Classifier.load(copy)
    first = model.ask(model.prepare(as_streamed(LOADS[0]), ()))
    kept = first.p.copy(), first.embedding.copy()
    model.ask(model.prepare(as_streamed(LOADS[-1]), ()))
    assert (first.p == kept[0]).all()
    assert (first.embedding == kept[1]).all()


@pytest.mark.parametrize(
    ("covered", "uncovered", "accuse", "said"),
    [(0.2, 0.7, 0.7, "uncovered"), (0.2, 0.7, 0.71, "covered"), (0.5, 0.4, 0.0, "covered")],
)
def test_nothing_is_called_uncovered_below_the_threshold(covered, uncovered, accuse, said) -> None:
    rest = (1 - covered - uncovered) / 2
    assert word({"empty": rest, "covered": covered, "partly": rest, "uncovered": uncovered}, accuse) == said


def test_a_missing_manifest_is_refused(tmp_path) -> None:
    with pytest.raises(ModelError, match="can't be read"):
        Classifier.load(tmp_path / "load.json")
