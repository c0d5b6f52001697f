"""Device profiles: shipped files are right, local ones go first, wrong ones say what and where."""

from pathlib import Path

import pytest

from drivers.camera_profile import CameraProfile
from drivers.errors import ProfileError
from drivers.profiles import (
    camera_profile,
    find_profile,
    gnss_profile,
    profile_names,
    read_profile,
)


def local(folder: Path, kind: str, name: str, text: str) -> Path:
    """A folder of local profiles with one file in it."""
    (folder / kind).mkdir(exist_ok=True)
    (folder / kind / f"{name}.toml").write_text(text)
    return folder


@pytest.mark.parametrize("kind", ["gnss", "camera", "unit"])
def test_every_shipped_profile_is_right(kind, tmp_path: Path) -> None:
    names = profile_names(kind, tmp_path)
    assert names
    for name in names:
        assert read_profile(kind, find_profile(kind, name, tmp_path)).description


def test_the_generic_profiles_are_there() -> None:
    assert gnss_profile("generic-nmea").baud == 9600
    assert camera_profile("generic").transport == "tcp"


def test_a_local_profile_is_added_and_goes_first(tmp_path: Path) -> None:
    local(tmp_path, "camera", "generic", 'description = "ours"\ntransport = "udp"\n')
    local(tmp_path, "camera", "yard", 'description = "the one in the yard"\n')
    names = profile_names("camera", tmp_path)
    assert names == sorted({*names, "generic", "hikvision", "yard"})
    found = read_profile("camera", find_profile("camera", "generic", tmp_path))
    assert found == CameraProfile("ours", transport="udp")


def test_an_unknown_name_tells_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"gnss profile 'ublox': no such profile; known .*generic-nmea"):
        find_profile("gnss", "ublox", tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('description = "x"\nspeed = 1\n', "unknown field `speed`"),
        ("baud = 9600\n", "missing required field `description`"),
        ('description = "x"\nbaud = 50\n', r"`int` >= 1200 - at `\$.baud`"),
        ('description = "x"\nbaud = "fast"\n', r"Expected `int`, got `str` - at `\$.baud`"),
        ("description = \n", "line 1"),
    ],
)
def test_a_wrong_file_is_named_with_the_key(text, words, tmp_path: Path) -> None:
    local(tmp_path, "gnss", "bad", text)
    with pytest.raises(ProfileError, match=words) as e:
        read_profile("gnss", find_profile("gnss", "bad", tmp_path))
    assert e.value.where.endswith("gnss/bad.toml")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    local(tmp_path, "gnss", "bad", "").joinpath("gnss", "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ProfileError, match=r"bad\.toml: "):
        read_profile("gnss", find_profile("gnss", "bad", tmp_path))
