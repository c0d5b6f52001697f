"""The machine's serial ports: which there are, their stable names, who holds them."""

import os
from pathlib import Path

import msgspec
from serial.tools import list_ports

from drivers.gnss.port import holders

BY_ID = Path("/dev/serial/by-id")


class SerialPort(msgspec.Struct, frozen=True):
    """One port; `by_id` is the name that stays when numbers change; USB ids are hexadecimal or None."""

    device: str
    by_id: str | None
    description: str
    usb: str | None
    held_by: tuple[str, ...]


def serial_ports(by_id: Path = BY_ID) -> list[SerialPort]:
    """All ports that pyserial finds, sorted by device."""
    stable = {os.path.realpath(link): str(link) for link in sorted(by_id.glob("*"))}
    return [
        SerialPort(
            device=found.device,
            by_id=stable.get(os.path.realpath(found.device)),
            description="" if found.description == "n/a" else found.description,
            usb=f"{found.vid:04x}:{found.pid:04x}" if found.vid is not None else None,
            held_by=tuple(holders(found.device)),
        )
        for found in sorted(list_ports.comports())
    ]
