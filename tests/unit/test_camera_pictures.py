"""JPEGs decoded as far as needed, frames that keep what the camera sent, and pictures as RTP carries them."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.camera.frame import Frame
from drivers.camera.jpeg import decode, encode, jpeg_size, reduction
from drivers.sim.camera import cards
from drivers.sim.h264 import encode_h264, moving
from drivers.sim.rtp import H264Media, access_units, h264_payloads

CARD = cards((322, 246))[0]


def test_the_size_is_read_without_decoding() -> None:
    assert jpeg_size(CARD) == (322, 246)
    progressive = cv2.imencode(".jpg", decode(CARD), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()
    assert jpeg_size(progressive) == (322, 246)
    assert jpeg_size(CARD[:2] + b"\xff" + CARD[2:]) == (322, 246), "fill bytes may stand before a marker"


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_noise_has_no_size_and_does_no_harm(noise) -> None:
    assert jpeg_size(noise) is None
    assert jpeg_size(b"\xff\xd8" + noise) is None or b"\xff" in noise


@pytest.mark.parametrize(("factor", "size"), [(1, (322, 246)), (2, (161, 123)), (4, (81, 62)), (8, (41, 31))])
def test_a_picture_is_decoded_at_a_part_of_its_size(factor, size) -> None:
    image = decode(CARD, factor)
    assert image.shape == (size[1], size[0], 3)
    whole = cv2.resize(decode(CARD), size, interpolation=cv2.INTER_AREA)
    assert np.abs(image.astype(int) - whole.astype(int)).mean() < 3


def test_damage_is_none() -> None:
    assert decode(b"") is None
    assert decode(b"\xff\xd8\xff no picture") is None


@pytest.mark.parametrize(
    ("sides", "need", "factor"),
    [((1920, 1080), 160, 4), ((1920, 1080), 135, 8), ((640, 480), 224, 2), ((100, 4000), 160, 1)],
)
def test_no_more_is_decoded_than_is_needed(sides, need, factor) -> None:
    assert reduction(sides, need) == factor


def test_a_frame_gives_the_cameras_own_bytes_and_its_own_size(tmp_path: Path) -> None:
    frame = Frame(decode(CARD, 4), 1, 2, CARD, (322, 246))
    assert frame.size == (322, 246)
    assert frame.full().shape == (246, 322, 3)
    frame.save(tmp_path / "a.jpg")
    assert (tmp_path / "a.jpg").read_bytes() == CARD
    assert Frame.of_jpeg(CARD).jpeg() == CARD


def test_a_frame_of_another_source_is_coded_when_it_is_saved(tmp_path: Path) -> None:
    frame = Frame(decode(CARD), 1, 2)
    assert frame.size == (322, 246)
    assert frame.full() is frame.image
    frame.save(tmp_path / "a.jpg")
    assert jpeg_size((tmp_path / "a.jpg").read_bytes()) == (322, 246)
    png = cv2.imencode(".png", decode(CARD))[1].tobytes()
    assert jpeg_size(Frame.of_jpeg(png).jpeg()) == (322, 246), "what is saved as JPEG is one"
    with pytest.raises(ValueError, match="no picture"):
        Frame.of_jpeg(b"nothing")
    with pytest.raises(ValueError, match="cannot be coded"):
        encode(np.zeros((0, 4, 3), np.uint8), 90)


def test_an_h264_stream_is_cut_into_its_pictures() -> None:
    media = H264Media(encode_h264(moving(320, 240, 12), 10, 5))
    assert len(media.units) == 12
    kinds = [{nal[0] & 31 for nal in unit} for unit in media.units]
    assert [5 in k for k in kinds] == [i % 5 == 0 for i in range(12)]
    assert all({7, 8} <= k for k in kinds if 5 in k)
    assert "sprop-parameter-sets=" in media.describe()


@pytest.mark.parametrize("stream", [b"", b"no stream", b"\0\0\1\x41\x9a\x01"])
def test_what_does_not_begin_with_a_keyframe_is_refused(stream) -> None:
    with pytest.raises(ValueError, match="keyframe"):
        H264Media(stream)


@settings(deadline=None)
@given(st.binary(min_size=2, max_size=5000))
def test_fragments_make_the_unit_again(nal) -> None:
    payloads = h264_payloads(nal)
    assert all(len(p) <= 1400 for p in payloads)
    if len(payloads) == 1:
        assert payloads == [nal]
        return
    assert [p[1] & 0xC0 for p in payloads] == [0x80, *[0] * (len(payloads) - 2), 0x40]
    header = (payloads[0][0] & 0xE0) | (payloads[0][1] & 0x1F)
    assert bytes((header,)) + b"".join(p[2:] for p in payloads) == nal


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_cut_without_harm(stream) -> None:
    units = access_units(stream)
    assert all(units)
    assert all(nal in stream for unit in units for nal in unit)
