"""The pipe between the main and the vision process: whatever goes in comes out, in pieces of any size."""

import contextlib
import io
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.model import LoadReading, Probabilities
from agent.vision.wire import (
    CameraSpec,
    Failed,
    Rate,
    Ready,
    Seen,
    Setup,
    Shot,
    ShotDone,
    Watched,
    orders,
    pack,
    reports,
    send,
)
from drivers.camera.devices import VideoDevice, v4l2_devices
from drivers.camera.spec import CameraSource, without_secret
from drivers.readings import CameraHealth

SPEC = CameraSpec("bed", "body", "rtsp://u:p@h/1", "rtsp://h/1", roi=((0.1, 0.2), (0.9, 0.2), (0.5, 0.9)))
ORDERS = [Setup((SPEC,), None, 1.0), Rate(0.2), Shot("bed", "/tmp/a.jpg")]  # noqa: S108 - only a name
READING = LoadReading(5, "bed", "covered", Probabilities(0.1, 0.7, 0.1, 0.1), True, None, "0.1", 9)
REPORTS = [
    Ready("0.1", "5.0.0"),
    Seen(READING),
    Watched(CameraHealth(6, "bed", "body", connected=False, reason="stalled")),
    ShotDone("/a", None),
    Failed("no model"),
]


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(c % (len(data) + 1) for c in cuts), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@given(st.lists(st.sampled_from(ORDERS)), st.lists(st.integers(0, 10_000), max_size=8))
def test_orders_survive_any_cutting(messages: list, cuts: list[int]) -> None:
    incoming = orders()
    got = [m for part in cut(b"".join(map(pack, messages)), cuts) for m in incoming.feed(part)]
    assert got == messages


@given(st.lists(st.sampled_from(REPORTS)), st.lists(st.integers(0, 10_000), max_size=8))
def test_reports_survive_any_cutting(messages: list, cuts: list[int]) -> None:
    incoming = reports()
    got = [m for part in cut(b"".join(map(pack, messages)), cuts) for m in incoming.feed(part)]
    assert got == messages


def test_send_writes_what_pack_makes() -> None:
    pipe = io.BytesIO()
    send(pipe, Rate(0.5))
    assert pipe.getvalue() == pack(Rate(0.5))


@given(st.binary(max_size=200))
def test_noise_is_refused_and_never_taken_for_a_message(noise: bytes) -> None:
    with contextlib.suppress(ValueError):  # as it promises
        assert all(type(m) in {type(r) for r in REPORTS} for m in reports().feed(noise))


def test_a_length_beyond_all_messages_is_an_error_at_once() -> None:
    with pytest.raises(ValueError, match="no message"):
        reports().feed(b"\xff\xff\xff\xff")


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("rtsp://admin:p%40ss@10.0.0.2:554/h264?x=1", "rtsp://10.0.0.2:554/h264"),
        ("http://10.0.0.2/a.mjpg", "http://10.0.0.2/a.mjpg"),
        ("rtsp://u:a@b@host/1", "rtsp://host/1"),
        ("/dev/video0", "/dev/video0"),
    ],
)
def test_a_shown_source_has_no_secret(source: str, shown: str) -> None:
    assert without_secret(source) == shown


def test_sources_are_told_apart_by_their_looks(tmp_path: Path) -> None:
    kinds = {
        "0": "device",
        "/dev/video2": "device",
        "rtsp://h/1": "url",
        "http://h/": "url",
        str(tmp_path): "folder",
        str(tmp_path / "none.avi"): "file",
    }
    assert {s: CameraSource("c", "body", s, s).kind for s in kinds} == kinds


def test_video_devices_are_listed_in_order_of_number(tmp_path: Path) -> None:
    for number in (10, 2):
        (tmp_path / f"video{number}").touch()
    (tmp_path / "videotape").touch()
    (tmp_path / "names/video2").mkdir(parents=True)
    (tmp_path / "names/video2/name").write_text("USB Camera\n")
    assert v4l2_devices(tmp_path, tmp_path / "names") == [
        VideoDevice(str(tmp_path / "video2"), "USB Camera"),
        VideoDevice(str(tmp_path / "video10"), "unnamed"),
    ]
