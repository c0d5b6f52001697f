"""Scenes to train on: drawn from a seed alone, shares exact, listings complete; no Blender needed."""

import collections
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.scenes import lens
from training.scenes.opening import SIDES, exposed_share, label_of, patches
from training.scenes.orders import PLATE_LIGHTS, STATES, Order, orders, plate, variant
from training.scenes.palette import COVERS, LIGHTS, LOADS
from training.scenes.plan import CYCLE, scene, truck
from training.scenes.textures import kinds_of

FIRST = Order("set", "5", 0, "out", 320, 240, 5, "")


@given(st.floats(0.0, 0.99), st.sampled_from(SIDES), st.integers(0, 99), st.booleans())
def test_patches_leave_the_share_open_that_was_asked_for(
    exposed: float, side: str, seed: int, loose: bool
) -> None:
    pieces = patches(exposed, side, random.Random(seed), loose=loose)
    assert exposed_share(pieces) == pytest.approx(exposed, abs=1e-9)
    n = 40
    spots = [((i + 0.5) / n, (j + 0.5) / n) for i in range(n) for j in range(n)]
    covers = [sum(piece.holds(u, v) for piece in pieces) for u, v in spots]
    assert max(covers) <= 1
    assert 1 - sum(covers) / n**2 == pytest.approx(exposed, abs=0.03)
    corners = [piece.place(s, t / 20) for piece in pieces for s in (0, 1) for t in range(21)]
    assert all(-1e-9 <= c <= 1 + 1e-9 for corner in corners for c in corner)


def test_a_scene_is_its_seed_and_number() -> None:
    assert scene("5", 17) == scene("5", 17)
    assert scene("5", 17).listing() == scene("5", 17).listing()
    assert scene("5", 17).random("pieces").random() == scene("5", 17).random("pieces").random()
    assert scene("5", 17) != scene("6", 17)
    assert scene("5", 17).truck != scene("5", 18).truck


def test_labels_agree_with_shares_and_any_beginning_of_a_set_is_balanced() -> None:
    scenes = [scene("5", i) for i in range(26 * 13)]
    assert all(s.label == label_of(s.exposed) for s in scenes if s.label != "empty")
    assert all(s.load is None and s.cover is None for s in scenes if s.label == "empty")
    counts = collections.Counter(s.label for s in scenes[:13])
    assert counts == {"covered": 4, "uncovered": 4, "empty": 3, "partly": 2} == collections.Counter(CYCLE)


def test_every_kind_of_cover_load_light_and_post_comes() -> None:
    scenes = [scene("5", i) for i in range(400)]
    assert {s.cover.kind for s in scenes if s.cover} == set(COVERS)
    assert {s.load.kind for s in scenes if s.load} == set(LOADS)
    assert {s.light.kind for s in scenes} == set(LIGHTS)
    assert {s.camera.post for s in scenes} == set(lens.POSTS)
    between = [s.exposed for s in scenes if s.label == "uncovered" and s.exposed < 0.7]
    assert len(between) > 20


def test_a_listing_line_says_all_there_is_to_hold_out_by() -> None:
    line = json.loads(json.dumps(scene("5", 0).listing()))
    assert line["file"] == "covered_5_00000.jpg"
    assert line["exposed"] < 0.05
    for key in ("truck", "post", "light", "cover", "load", "pts", "fisheye", "side"):
        assert line[key] is not None, key
    assert set(line["scene"]) == {"truck", "camera", "light", "place", "load", "cover"}


@given(st.integers(0, 3000))
def test_a_camera_sees_the_bed(index: int) -> None:
    made = scene("9", index)
    seen = made.listing()["pts"]
    assert isinstance(seen, list)
    inside = [p for p in seen if -0.25 <= p[0] <= 1.25 and -0.25 <= p[1] <= 1.25]
    assert len(seen) >= 6
    assert len(inside) >= 2


def test_a_point_straight_ahead_is_in_the_middle_and_a_fisheye_keeps_the_corners() -> None:
    for fisheye in (False, True):
        camera = lens.Camera("cab", (0, 0, 2), (4, 0, 0), 0.1, 100.0, fisheye)
        assert camera.project((2, 0, 1)) == pytest.approx((0.5, 0.5))
        assert camera.project((-4, 0, 4)) is None
        assert camera.flat_fov == 100.0 if not fisheye else camera.flat_fov > 100
    level = lens.Camera("cab", (0, 0, 0), (1, 0, 0), 0.0, 90.0, fisheye=False)
    assert level.project((1, -1, 0)) == pytest.approx((1.0, 0.5))


def test_plates_keep_truck_camera_load_and_cover_through_states_and_lights() -> None:
    made = [plate("5", i) for i in range(len(STATES) * len(PLATE_LIGHTS))]
    assert {(s.label, s.light.kind) for s in made} == {(a, b) for a in STATES for b in PLATE_LIGHTS}
    assert len({s.truck for s in made}) == len({s.camera for s in made}) == 1
    assert len({s.cover for s in made if s.label == "covered"}) == 1
    assert len({s.load for s in made if s.load}) == 1
    assert plate("5", 16).truck != made[0].truck


def test_trucks_of_a_set_have_every_state_and_own_cameras() -> None:
    made = [variant("5", i) for i in range(16 * 9)]
    for number in range(16):
        mine = [s for s in made if s.truck == made[number].truck]
        assert collections.Counter(s.label for s in mine) == {"covered": 3, "empty": 3, "uncovered": 3}
        assert len({s.camera for s in mine}) == 1
    assert made[0].truck == truck("5/truck 0")


def test_an_order_can_be_written_down_and_read_back() -> None:
    made = list(orders(FIRST, 30))
    again = [Order(**json.loads(json.dumps(order.line()))) for order in made]
    assert [o.scene() for o in again] == [o.scene() for o in made]
    assert len({o.scene().file for o in made}) == 30


def test_pictures_of_surfaces_are_chosen_by_name() -> None:
    assert kinds_of("stk_generic_dirtA.png") == ["soil"]
    assert "metal" in kinds_of("stkt_rustedMetal_a.png")
    assert kinds_of("dirt_normal.png") == []
    assert kinds_of("karts.png") == []
