"""Films of a truck's bed: what they show, and that the truth told of them is what is drawn."""

import json
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import DeviceMissing, ProfileError
from drivers.sim.film.film import Film
from drivers.sim.film.opening import LENGTH_M, Opening
from drivers.sim.film.plates import Plates
from drivers.sim.film.script import Fault, Lens, Script, Stretch, state_of

SIZE = (320, 240)
STILL = Lens(shake=0, noise=0, sway=0, jpeg=0)


def film(*stretches: Stretch, truck: str = "a", lens: Lens = STILL, faults: tuple[Fault, ...] = ()) -> Film:
    return Film.open(None, Script(stretches, truck, lens, faults), seed=1)


def difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


OPENS = (Stretch(20, "covered"), Stretch(60, "uncovered", change_s=40), Stretch(20, "covered", exposed=0.2))


def test_any_moment_is_the_same_in_order_and_alone():
    drive = (
        Stretch(30, "covered", speed_mps=12, weather="rain", passing="trees"),
        Stretch(30, "uncovered", speed_mps=12, weather="snow", mud=0.6, light="dusk", passing="traffic"),
    )
    moments = [1.0, 7.3, 29.9, 33.0, 50.5, 59.0]
    played, picked = (film(*drive, lens=Lens()) for _ in range(2))
    in_order = [played.frame(t, SIZE) for t in moments]
    alone = [picked.frame(t, SIZE) for t in reversed(moments)][::-1]
    assert all(np.array_equal(a, b) for a, b in zip(in_order, alone, strict=True))


def test_another_seed_is_another_film():
    script = Script((Stretch(10, "covered", speed_mps=12, weather="rain"),), "a")
    one, other = (Film.open(None, script, seed).frame(3.0, SIZE) for seed in (1, 2))
    assert difference(one, other) > 1


@pytest.mark.parametrize("truck", Plates.open().trucks)
def test_the_exposed_share_told_is_the_share_drawn(truck):
    shown = film(*OPENS, truck=truck)
    closed, opened = shown.frame(1.0, SIZE), shown.frame(70.0, SIZE)
    plates = Plates.open().of(truck)
    along, across = Opening(plates[0].pts, SIZE).plane()
    for t in (30.0, 40.0, 50.0):
        now = shown.frame(t, SIZE)
        is_open = np.abs(now.astype(int) - closed).sum(2) > np.abs(now.astype(int) - opened).sum(2)
        told = np.abs(closed.astype(int) - opened).sum(2) > 60  # where the two can be told apart
        bands = [
            (along > a) & (along < a + 0.3) & (across > 0.4) & (across < 1.9) & told for a in (1.5, 3, 4.2)
        ]
        share = shown.truth(t).exposed
        begins = [(a + 0.15) / LENGTH_M for a in (1.5, 3, 4.2)]
        drawn = [bool(is_open[band].mean() > 0.5) for band in bands if band.sum() > 5]
        wanted = [(s < share, 1 - s < share) for s, band in zip(begins, bands, strict=True) if band.sum() > 5]
        assert drawn in ([w[0] for w in wanted], [w[1] for w in wanted]), (t, share)


def painted(folder: Path, side: str) -> Path:
    """Plates of a bed that fills the picture, its front below: covered blue, open red, empty green."""
    rim = [[0, 1], [0, 0], [1, 0], [1, 1]]
    lines = []
    for label, exposed, colour in (
        ("covered", 0, (255, 0, 0)),
        ("uncovered", 1, (0, 0, 255)),
        ("empty", 1, (0, 255, 0)),
    ):
        cv2.imwrite(str(folder / f"{label}.png"), np.full((240, 320, 3), colour, np.uint8))
        row = {"file": f"{label}.png", "label": label, "exposed": exposed, "pts": rim, "side": side}
        lines.append(json.dumps(row))
    (folder / "p.roi.jsonl").write_text("\n".join(lines))
    return folder


@pytest.mark.parametrize(
    ("side", "rows", "columns"),
    [
        ("front", slice(168, 240), slice(0, 320)),
        ("rear", slice(0, 72), slice(0, 320)),
        ("left", slice(0, 240), slice(0, 96)),
        ("middle", slice(84, 156), slice(0, 320)),
        ("seam", slice(0, 240), slice(112, 208)),
        ("right", slice(0, 240), slice(224, 320)),
    ],
)
def test_a_cover_opens_from_its_side_by_the_share_told(tmp_path, side, rows, columns):
    script = Script((Stretch(10, "covered", exposed=0.3),), lens=STILL)
    frame = Film.open(painted(tmp_path, side), script).frame(1.0, SIZE)
    is_open = frame[:, :, 2] > frame[:, :, 0]
    assert is_open[rows, columns].mean() > 0.97
    assert is_open.mean() == pytest.approx(0.3, abs=0.01)


def test_truth_follows_the_share():
    shown = film(*OPENS)
    assert [shown.truth(t).state for t in (1, 21, 25, 40, 79)] == [
        "covered", "covered", "partly", "uncovered", "uncovered",
    ]  # fmt: skip
    assert [shown.truth(t).settled for t in (1, 30, 70)] == [True, False, True]
    assert shown.truth(99.9).state == "uncovered", "still closing"
    assert film(Stretch(5, "covered", exposed=0.2)).truth(1).state == "partly"


@pytest.fixture(scope="module")
def opens():
    return film(*OPENS)


@given(t=st.floats(-10, 200, allow_nan=False))
@settings(deadline=None)
def test_truth_holds_at_any_time(opens, t):
    truth = opens.truth(t)
    assert truth.exposed is not None
    assert 0 <= truth.exposed <= 1
    assert truth.state == state_of(truth.exposed)


def test_a_moving_truck_never_gives_the_same_picture_twice_and_a_frozen_camera_does():
    frozen = (Fault("frozen", 10, 5),)
    shown = film(Stretch(20, "covered", speed_mps=10), lens=Lens(), faults=frozen)
    assert not np.array_equal(shown.frame(5.0, SIZE), shown.frame(5.5, SIZE))
    assert np.array_equal(shown.frame(11.0, SIZE), shown.frame(14.9, SIZE))
    assert not np.array_equal(shown.frame(14.9, SIZE), shown.frame(15.1, SIZE))


def test_the_ground_passes_and_the_truck_stays():
    shown = film(Stretch(20, "covered", speed_mps=10))
    change = np.abs(shown.frame(5.0, SIZE).astype(int) - shown.frame(5.5, SIZE)).max(2)
    mask = Plates.open().read("a_covered.mask.png", SIZE)
    assert (change[mask == 0] > 3).mean() > 0.2
    assert change[cv2.erode(mask, np.ones((11, 11))) == 255].max() <= 3


@pytest.mark.parametrize("kind", ["dark", "glare", "blocked", "defocused", "dirty", "moved"])
def test_a_fault_changes_the_picture_while_it_lasts(kind):
    faults = (Fault(kind, 5, 5),)
    sound, failing = film(Stretch(20, "covered")), film(Stretch(20, "covered"), faults=faults)
    assert difference(sound.frame(6.0, SIZE), failing.frame(6.0, SIZE)) > 3
    assert np.array_equal(sound.frame(11.0, SIZE), failing.frame(11.0, SIZE))
    assert [failing.truth(t).fault for t in (4, 6, 11)] == [None, kind, None]


@pytest.mark.parametrize("weather", ["rain", "fog", "snow", "dust"])
def test_weather_is_to_be_seen(weather):
    clear, foul = (film(Stretch(20, "covered", weather=w, strength=0.8)) for w in ("clear", weather))
    assert difference(clear.frame(3.0, SIZE), foul.frame(3.0, SIZE)) > 1


def test_infrared_is_grey():
    blue, green, red = cv2.split(film(Stretch(5, "covered", light="infrared")).frame(1.0, SIZE))
    assert np.array_equal(blue, green)
    assert np.array_equal(green, red)


def test_what_no_plate_shows_is_told_before_the_film_begins():
    with pytest.raises(DeviceMissing, match="eclipse"):
        film(Stretch(5, "covered", light="eclipse"))
    with pytest.raises(DeviceMissing, match="nobody"):
        film(Stretch(5, "covered"), truck="nobody")


def test_a_script_is_checked(tmp_path: Path):
    script = tmp_path / "film.toml"
    script.write_text('[[stretches]]\nduration_s = 5\nstate = "open"\n')
    with pytest.raises(ProfileError, match=r"film\.toml"):
        Film.open(None, script)
    with pytest.raises(ProfileError, match="No such file"):
        Script.load(tmp_path / "none.toml")
    with pytest.raises(msgspec.ValidationError):
        Script.read("stretches = []")
