"""Faults of files, settings and machine, each found beside a running daemon under its code and no other."""

import contextlib
import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from agent.remote import book
from agent.trust.keys import new_key
from buffer.aside import beside, move_aside
from tests.doctor.unit import NOW, journal, permits, write, zones

pytestmark = [pytest.mark.hil, pytest.mark.timeout(300)]


def _machine(name, text):
    def break_it(variant):
        write(variant.machine / name, text)

    return break_it


def _set(table, /, **values):
    def break_it(variant):
        variant.tables.setdefault(table, {}).update(values)

    return break_it


def _camera(number, **values):
    return lambda variant: variant.tables["cameras"][number].update(values)


def _sink(**values):
    return lambda variant: variant.tables["sinks"][0].update(values)


def _layer(table, document, **more):
    def break_it(variant):
        variant.tables[table] = {"file": write(variant.folder / table, document), **more}

    return break_it


def _secret(variant, mode=0o600):
    file = Path(write(variant.folder / "password", "x"))
    file.chmod(mode)
    return file


def unknown_key(variant):
    variant.tables["gnss"]["bauds"] = 9600


def open_secret(variant):
    _sink(password_file=_secret(variant, 0o644))(variant)


def folder_that_is_a_file(variant):
    variant.tables["journal"]["path"] = write(variant.folder / "file", "") + "/journal.db"


def nearly_full(variant):
    disk = os.statvfs(variant.folder)
    variant.tables["journal"]["min_free_bytes"] = disk.f_bavail * disk.f_frsize // 2


def three_cuts(variant):
    births = [("life", "birth", {"clean": False}) for _ in range(3)]
    journal(variant.state / "journal.db", *births)


def flipped_bytes(variant):
    file = variant.state / "journal.db"
    content = bytearray(file.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    file.write_bytes(content)


def large_journal(variant):
    filler = [("event", "noted", {"severity": "notice", "text": "x" * 3000}) for _ in range(400)]
    journal(variant.state / "journal.db", *filler)
    variant.tables["journal"]["max_bytes"] = 1_000_000


def lost_reserve(variant):
    beside(variant.state / "journal.db", ".reserve").unlink()


def moved_aside(variant):
    move_aside(variant.state / "journal.db", carrying=False)
    journal(variant.state / "journal.db")


def folded_area(variant):
    variant.tables["cameras"][0]["roi"] = [[0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.9]]


def half_taught(variant):
    _set("vision", teaching=variant.folder / "teaching")(variant)
    write(variant.folder / "teaching/bed/empty/0a.jpg", "x")


def altered_model(variant):
    shipped = Path(__file__).parents[2] / "agent/vision/models"
    shutil.copy(shipped / "load.json", variant.folder)
    (variant.folder / "load-0.5.0.onnx").write_bytes(b"\0" * 100)
    _set("vision", model=variant.folder / "load.json")(variant)


def undone_settings(variant):
    wanted = book.Wanted(3, {"log": {"level": "debug"}})
    page = book.Page(stage="rolled_back", reason="link lost", newest=wanted)
    book.write(variant.state / "remote.json", page)


def other_half(variant):
    new_key().write(variant.folder / "other")
    shutil.copy(variant.folder / "other", variant.state / "device.key")


def open_key(variant):
    (variant.state / "device.key").chmod(0o644)


def broken_store(variant):
    write(variant.state / "trust.json", "{")


def no_store(variant):
    (variant.state / "trust.json").unlink()


def foreign_signature(variant):
    signed = {
        "purpose": "zones", "vehicles": ["hil/truck-1"], "nonce": "0123456789abcdef",
        "not_before": (NOW - timedelta(days=1)).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "expires": (NOW + timedelta(days=1)).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "body": zones(),
    }  # fmt: skip
    _layer("zones", new_key().sign(signed))(variant)


def _low_supply(variant):
    variant.tables["power"]["supply"] = f"value:{write(variant.folder / 'supply', '20400')}"


FAULTS = {
    "config.file": unknown_key,
    "config.profiles": _camera(0, profile="no-such"),
    "config.secrets": _sink(username_file="/no/such/file"),
    "config.open": open_secret,
    "config.charges": _set("haulage", table="/no/such/table"),
    "unit.name": _set("unit", fleet="example-fleet", vehicle="truck-001"),
    "unit.memory": _machine("proc/meminfo", "MemTotal: 1000000 kB\nMemAvailable: 20000 kB"),
    "unit.killed": _machine("proc/vmstat", "pgfault 9\noom_kill 2"),
    "unit.heat": _machine("sys/class/thermal/thermal_zone1/temp", "91000"),
    "power.brownout": _machine("sys/class/hwmon/hwmon0/in0_lcrit_alarm", "1"),
    "power.supply": _set("power", supply="value:/no/such/supply"),
    "power.low": _low_supply,
    "warning.command": _set("warning", command=["/no/such/program"]),
    "power.battery": _machine("sys/class/power_supply/ups/capacity", "11"),
    "power.cuts": three_cuts,
    "storage.folder": folder_that_is_a_file,
    "storage.soon": nearly_full,
    "storage.pictures": _set("pictures", folder="/dev/null/pictures"),
    "storage.picture_space": _set("pictures", min_free_bytes=10**18),
    "storage.card": _machine("sys/block/mmcblk0/device/life_time", "0x02 0x09"),
    "storage.errors": _machine("sys/fs/ext4/mmcblk0p2/errors_count", "3"),
    "clock.battery": _machine("sys/class/rtc/rtc0/since_epoch", "946684800"),
    "receiver.port": _set("gnss", source="/dev/no-such-port"),
    "receiver.control": _set("gnss", control="/dev/no-such-port"),
    "camera.none": lambda variant: variant.tables["cameras"].pop(0),
    "roi.body": _camera(0, roi=[]),
    "roi.shape": folded_area,
    "roi.reference": _set("vision", references="/no/such/folder"),
    "roi.driver": _camera(1, driver=[]),
    "model.file": altered_model,
    "model.teaching": half_taught,
    "model.faces": _set("privacy", face_model="/no/such/model.tflite"),
    "journal.whole": flipped_bytes,
    "journal.near": large_journal,
    "journal.reserve": lost_reserve,
    "journal.aside": moved_aside,
    "cert.plain": lambda variant: _sink(url=f"mqtt://0.0.0.0:{variant.unit.broker.port}")(variant),
    "cert.files": _sink(url="mqtts://127.0.0.1", ca_file="/no/such/ca.pem"),
    "platform.none": lambda variant: variant.tables["sinks"].clear(),
    "platform.settings": undone_settings,
    "permits.file": _layer("permits", "{"),
    "permits.signature": _layer("permits", permits(), signed=True),
    "permits.crs": _layer("permits", permits() | {"coordinate_system": "WGS-72", "permits": [
        permits()["permits"][0] | {"routes": [{"line": [[121.0, 31.0], [121.1, 31.1]], "width_m": 50}]}
    ]}),
    "permits.fresh": _layer("permits", permits(age=timedelta(days=9))),
    "permits.valid": _layer("permits", permits(left=-timedelta(hours=1))),
    "permits.soon": _layer("permits", permits(left=timedelta(hours=20))),
    "zones.none": lambda variant: variant.tables.pop("zones"),
    "zones.file": _layer("zones", "{"),
    "zones.signature": foreign_signature,
    "zones.crs": _layer("zones", zones(coordinate_system="EPSG:4479")),
    "zones.sites": _layer("zones", zones("risk")),
    "keys.device": other_half,
    "keys.open": open_key,
    "keys.store": broken_store,
    "keys.trust": no_store,
    "updates.reboot": _machine("run/reboot-required", "*** System restart required ***"),
    "updates.interrupted": _machine("var/lib/dpkg/updates/0003", "x"),
}  # fmt: skip


@pytest.mark.parametrize("code", FAULTS)
def test_a_fault_is_found_under_its_code_alone(variant, found, code):
    FAULTS[code](variant)
    assert list(found()) == [code]


@pytest.mark.parametrize(
    "document",
    [
        zones(coordinate_system=None),
        zones(features=[{
            "type": "Feature", "properties": {"id": "z", "role": "loading"},
            "geometry": {"type": "Polygon", "coordinates": [[[31.2, 121.4], [31.2, 121.5], [31.3, 121.4],
                                                             [31.2, 121.4]]]},
        }]),
    ],
)  # fmt: skip
def test_a_layer_in_another_system_than_it_says_is_no_damaged_file(variant, found, document):
    _layer("zones", document)(variant)
    assert list(found()) == ["zones.crs"]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own, of 2 MB and 60 files."""
    disk = tmp_path / "disk"
    disk.mkdir()
    options = ["-t", "tmpfs", "-o", "size=2m,nr_inodes=400,mode=755", "haulwatch-test", str(disk)]
    if os.geteuid() or subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
        pytest.skip("needs root to mount a tmpfs")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def _on(disk, variant):
    for file in ("trust.json", "device.key", "device.key.pub"):
        shutil.copy(variant.state / file, disk)
    variant.tables["journal"] |= {"path": disk / "journal.db"}


def test_a_full_disk(variant, found, small_disk):
    _on(small_disk, variant)
    with pytest.raises(OSError, match="No space left"):
        (small_disk / "filler").write_bytes(b"x" * 4_000_000)
    assert list(found()) == ["storage.space"]


def test_a_disk_with_room_but_for_no_file(variant, found, small_disk):
    _on(small_disk, variant)
    with contextlib.suppress(OSError):
        for number in range(500):
            (small_disk / f"{number}").touch()
    assert os.statvfs(small_disk).f_favail == 0
    assert list(found()) == ["storage.inodes"]


def test_a_disk_that_became_read_only(variant, found, small_disk):
    _on(small_disk, variant)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert list(found()) == ["storage.read_only"]


def test_a_change_of_key_that_is_not_on_record(stopped):
    """Only without a daemon, which would record it within a minute."""
    from agent.evidence.device import Files, rotate
    from tests.doctor.unit import bad

    rotate(Files(stopped.state), "hil/truck-1", NOW)
    assert list(bad(stopped.write(), stopped.machine, "keys")) == ["keys.rotation"]
