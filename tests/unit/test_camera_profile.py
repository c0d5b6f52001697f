"""Camera profiles: what addresses they make, and what is wrong with one."""

from pathlib import Path

import pytest

from drivers.camera_profile import FAULTS, CameraProfile
from drivers.errors import ProfileError
from drivers.profiles import camera_profile, profile_names, read_profile
from drivers.sim.camera_faults import read_steps

NETWORK = [n for n in profile_names("camera") if camera_profile(n).url]


def wrong(folder: Path, text: str) -> str:
    (folder / "bad.toml").write_text(f'description = "x"\n{text}\n')
    with pytest.raises(ProfileError) as e:
        read_profile("camera", folder / "bad.toml")
    return e.value.what


def test_the_makers_are_there() -> None:
    assert {"generic-rtsp", "generic-mjpeg", "hikvision", "dahua", "uniview"} <= set(NETWORK)
    assert camera_profile("generic-uvc").fourcc == "MJPG"


@pytest.mark.parametrize("name", profile_names("camera"))
def test_no_profile_claims_what_nobody_tried(name) -> None:
    assert not camera_profile(name).hardware_verified


@pytest.mark.parametrize(
    ("name", "where", "address"),
    [
        ("hikvision", {"channel": 2}, "rtsp://10.0.0.2:554/Streaming/Channels/201"),
        ("hikvision", {"stream": "sub"}, "rtsp://10.0.0.2:554/Streaming/Channels/102"),
        ("dahua", {"port": 5540}, "rtsp://10.0.0.2:5540/cam/realmonitor?channel=1&subtype=0"),
        ("uniview", {"stream": "sub"}, "rtsp://10.0.0.2:554/media/video2"),
        ("generic-mjpeg", {}, "http://10.0.0.2:8080/?action=stream"),
    ],
)
def test_an_address_is_made_of_a_host(name, where, address) -> None:
    assert camera_profile(name).address("10.0.0.2", **where) == address


def test_an_ipv6_host_gets_its_brackets() -> None:
    assert camera_profile("generic-rtsp").address("fe80::1") == "rtsp://[fe80::1]:554/"


def test_channel_0_is_a_channel() -> None:
    profile = CameraProfile("x", url="http://{host}/{channel}", channel=3)
    assert profile.address("h", channel=0) == "http://h/0"


@pytest.mark.parametrize(
    ("name", "where", "words"),
    [
        ("generic", {}, "knows no address"),
        ("generic-mjpeg", {"stream": "sub"}, "knows no sub-stream"),
        ("uniview", {"channel": 2}, "has no channel"),
    ],
)
def test_what_a_profile_does_not_know_it_says(name, where, words) -> None:
    with pytest.raises(ValueError, match=words):
        camera_profile(name).address("h", **where)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('url = "rtsp://{host}:{port}/"', "port is not given - at `$.url`"),
        ('url = "rtsp://camera/"', "holds {host}"),
        ('url = "rtsp://{host}/{user}"', "holds {host} and no other"),
        ('url = "rtsp://admin:x@{host}/"', "without user"),
        ('url = "ftp://{host}/"', "is no rtsp"),
        ('sub_url = "rtsp://{host}/2"', "a sub-stream without a main stream"),
        ('url = "rtsp://{host}/"\nfourcc = "MJPG"', "asked of devices"),
        ('fourcc = "mjpeg"', "$.fourcc"),
        ('login = "ntlm"', "$.login"),
        ('[[faults]]\nkind = "melt"', "Invalid enum value 'melt'"),
        ('[[faults]]\nkind = "drop"\nat = 5.0\n[[faults]]\nkind = "stall"', "order of their times"),
    ],
)
def test_a_wrong_profile_names_the_key(tmp_path: Path, text, words) -> None:
    assert words in wrong(tmp_path, text)


def test_a_schedule_is_toml_or_json_lines() -> None:
    toml = '[[faults]]\nkind = "drop"\nat = 5\n[[faults]]\nkind = "stall"\nat = 1.0\nduration = 2.5\n'
    lines = '{"kind": "stall", "at": 1, "duration": 2.5}\n\n{"kind": "drop", "at": 5}\n'
    assert read_steps(toml) == read_steps(lines)
    assert [s.kind for s in read_steps(toml)] == ["stall", "drop"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"kind": "stall"}\n{"kind": "melt"}', "line 2: Invalid enum value 'melt'"),
        ('[[faults]]\nkind = "drop"\nfor = 3', "unknown field `for`"),
        ("[[faults]]\nkind = \nat = 1", "line 2"),
    ],
)
def test_a_wrong_schedule_names_the_line_or_the_key(text, words) -> None:
    with pytest.raises(ValueError, match=words):
        read_steps(text)


def test_every_fault_is_described() -> None:
    document = (Path(__file__).parents[2] / "docs" / "cameras.md").read_text()
    assert [fault for fault in FAULTS if f"| `{fault}` |" not in document] == []
    assert [key for key in CameraProfile.__struct_fields__ if f"`{key}`" not in document] == []
    assert [name for name in profile_names("camera") if f"`{name}`" not in document] == []
