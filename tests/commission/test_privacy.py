"""Nobody is recognisable on a sheet: faces by the detector, else all that is outside of the bed."""

import cv2
import numpy as np
import pytest

from agent.commission.measure.pictures import cameras
from agent.commission.state import Measured, Shot
from tests.unit.test_faces import drawn_face, weights

pytestmark = pytest.mark.hil


def read(file):
    return cv2.imread(str(file), cv2.IMREAD_COLOR).astype(int)


def differs(store, shot):
    """Where the sheet's picture is another than the camera's, as a mask."""
    apart = np.abs(read(store.picture(shot.sha256)) - read(store.local(shot.camera, shot.what)))
    return apart.max(axis=2) > 24


@pytest.fixture
def looked(site, devices):
    """A face in the middle of a wide picture is looked at; the shot, and where it differs."""
    image = np.full((480, 640, 3), (90, 110, 100), np.uint8)
    image[90:390, 300:600] = drawn_face(300)

    def look():
        assert site.camera
        devices.bed.image = image
        try:
            bench = site.bench()
            with bench.store.held():
                (shot,) = cameras(bench).shots
                return shot, differs(bench.store, shot)
        finally:
            devices.bed.image = None

    return look


def test_without_a_detector_only_the_bed_is_kept(site, looked):
    site.camera["roi"] = [[0.0, 0.0], [0.4, 0.0], [0.4, 1.0], [0.0, 1.0]]
    shot, other = looked()
    assert shot.concealed == "outside"
    assert other[90:390, 300:600].mean() > 0.4
    assert other[:, :250].mean() < 0.01


def test_with_a_detector_the_face_is_not_kept_and_all_else_is(site, looked):
    site.tables["privacy"] = {"face_model": weights("full_range")}
    shot, other = looked()
    assert shot.concealed == "faces"
    assert other[180:300, 400:500].mean() > 0.4
    assert other[:, :250].mean() < 0.01


def test_what_nobody_has_seen_goes_on_a_sheet_only_with_its_faces_concealed():
    shots = (Shot("bed", "view", "ab", 1), Shot("bed", "corners", "cd", 1, "faces"))
    measured = Measured(shots=shots)
    assert measured.shown(person=True) == shots
    assert measured.shown(person=False) == shots[1:]
