"""What the doctor says of pictures and the people in them."""

from pathlib import Path

from agent.config import Config
from agent.config_file import parse_config
from agent.doctor.pictures import pictures

SEAT = [[0.5, 0.0], [1.0, 0.0], [1.0, 1.0]]


def config(folder: Path, *cameras: dict, **tables: dict) -> Config:
    document = {
        "unit": {"fleet": "f", "vehicle": "v"},
        "gnss": {"source": "/dev/ttyUSB0"},
        "journal": {"path": str(folder / "journal.db")},
        "pictures": {"min_free_bytes": 0},
        "cameras": [{"name": f"c{i}", "source": "/dev/video0"} | c for i, c in enumerate(cameras)],
    }
    return parse_config(document | tables, "agent.toml")


def codes(found: Config) -> list[tuple[str, str]]:
    return [(f.code, f.level) for f in pictures(found)]


def test_without_cameras_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert codes(config(tmp_path)) == []
    assert codes(config(tmp_path, {"role": "cab"})) == []


def test_a_cab_without_the_drivers_place_is_named(tmp_path: Path) -> None:
    assert codes(config(tmp_path, {"role": "body"}, {"role": "cab", "enabled": True})) == [
        ("pictures.space", "ok"),
        ("privacy.driver_area", "warn"),
    ]
    assert codes(config(tmp_path, {"role": "cab", "enabled": True, "driver": SEAT})) == [
        ("pictures.space", "ok")
    ]


def test_a_detector_that_is_not_there_is_named(tmp_path: Path) -> None:
    found = config(tmp_path, {"role": "body"}, privacy={"face_model": str(tmp_path / "none.tflite")})
    assert ("privacy.face_model", "warn") in codes(found)


def test_too_little_room_is_a_fault(tmp_path: Path) -> None:
    found = config(tmp_path, {"role": "body"}, pictures={"min_free_bytes": 10**18})
    assert codes(found) == [("pictures.space", "fail")]
