"""What goes into a bundle, file by file."""

import os
import platform
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import msgspec

from agent.bundle.part import Missing, Part, command, output
from agent.config import Config
from buffer.reading import Reading
from drivers.camera.spec import without_secret

_PERSONAL = ("fix", "motion", "violations")
_MEMORY, _RELEASE, _USB = Path("/proc/meminfo"), Path("/etc/os-release"), Path("/sys/bus/usb/devices")
_FIXES = 600
_LOG_LINES = "5000"
Status = Callable[[], dict[str, Any]]


def parts(config: Config, status: Status, *, personal: bool) -> list[Part]:
    """What the daemon can tell by itself; `personal`: where the truck is and was, too."""
    listed = {
        "status.json": lambda: status() if personal else _impersonal(status()),
        "config.json": lambda: redacted(msgspec.to_builtins(config, enc_hook=str)),
        "packages.json": lambda: {d.metadata["Name"]: d.version for d in distributions()},
        "machine.json": lambda: _machine(config.journal.path.parent),
        "usb.json": _usb,
    }
    found = [Part(name, _json(tell)) for name, tell in listed.items()]
    found.append(Part("kernel.log", command("dmesg", "--ctime"), 3.0, 6.0))
    journalctl = (
        "journalctl",
        "--unit=haulwatch",
        "--no-pager",
        "--output=short-iso",
        f"--lines={_LOG_LINES}",
    )
    found.append(Part("service.log", command(*journalctl), 6.0, 9.0))
    if personal:
        found.append(Part("fixes.jsonl", lambda _: _fixes(config.journal.path)))
    return found


def more_parts(config: Config, file: Path, *, personal: bool, running: bool) -> list[Part]:
    """What takes other processes: the self-test, and a picture of each camera.

    A cab camera is pictured only while the daemon is `running`, which makes people unrecognisable.
    """
    found = [
        Part(
            "doctor.jsonl", _haulwatch("doctor", "--json", "--lang", "en", "--config", str(file)), 20.0, 23.0
        )
    ]
    return found + [
        Part(f"pictures/{camera.name}.jpg", _picture(camera.name, file), 12.0, 15.0)
        for camera in (config.cameras if personal else ())
        if camera.on and (running or camera.role == "body")
    ]


def redacted(value: Any) -> Any:
    """The same without user names and passwords in addresses."""
    if isinstance(value, dict):
        return {key: redacted(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [redacted(v) for v in value]
    return without_secret(value) if isinstance(value, str) and "://" in value else value


def _json(tell: Callable[[], object]) -> Callable[[threading.Event], bytes]:
    return lambda _: msgspec.json.format(msgspec.json.encode(tell(), enc_hook=str))


def _impersonal(status: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in status.items() if key not in _PERSONAL}


def _machine(state: Path) -> dict[str, Any]:
    disk, load = shutil.disk_usage(state), os.getloadavg()
    return {
        "system": platform.platform(),
        "release": _RELEASE.read_text().splitlines() if _RELEASE.exists() else [],
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": load,
        "memory": _MEMORY.read_text().splitlines()[:5],
        "disk": {"total": disk.total, "free": disk.free},
    }


def _usb() -> dict[str, dict[str, str]]:
    """The devices by where they are plugged in, such as 1-1.4, which is the tree."""
    found = {}
    for device in sorted(_USB.glob("*-*")):
        told = {
            name: _word(device / name)
            for name in ("idVendor", "idProduct", "manufacturer", "product", "speed")
        }
        if told["idVendor"]:
            found[device.name] = told
    return found


def _word(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return ""


def _fixes(journal: Path) -> bytes:
    """The newest positions, a JSON object each, oldest first."""
    if not journal.exists():
        raise Missing("there is no journal yet")
    with closing(Reading(journal)) as reading:
        last = reading.last_seqs().get("track", 0)
        records = reading.fetch("track", max(1, last - _FIXES + 1), last, _FIXES)
    return b"".join(record.payload + b"\n" for record in records if record.intact())


def _haulwatch(*words: str) -> Callable[[threading.Event], bytes]:
    return command(sys.executable, "-I", "-m", "agent", *words)


def _picture(camera: str, file: Path) -> Callable[[threading.Event], bytes]:
    def take(stop: threading.Event) -> bytes:
        with tempfile.TemporaryDirectory(prefix="haulwatch-") as folder:
            shot = Path(folder) / "picture.jpg"
            words = ["camera", "snapshot", "--camera", camera, "--config", str(file), "--output", str(shot)]
            output([sys.executable, "-I", "-m", "agent", *words], stop)
            if not shot.exists():
                raise Missing("no picture")
            return shot.read_bytes()

    return take
