"""The machine's serial ports: which there are, their stable names, their holders, the USB devices behind."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from serial.tools import list_ports

from drivers.gnss.source.port import holders

BY_ID = Path("/dev/serial/by-id")


class SerialPort(msgspec.Struct, frozen=True):
    """One port; `by_id` is the name that stays when numbers change; USB ids are hexadecimal or None."""

    device: str
    by_id: str | None
    description: str
    usb: str | None
    held_by: tuple[str, ...]


class UsbIdentity(msgspec.Struct, frozen=True):
    """What stays over plugging in again: vid:pid, serial number, and which interface of several."""

    usb: str
    serial: str | None
    interface: str


class UsbPort(msgspec.Struct, frozen=True):
    """A port on USB now: `socket` is where it is plugged in, such as 1-1.4; `by_id` its stable name."""

    device: str
    identity: UsbIdentity
    socket: str
    by_id: str | None = None


ListUsb = Callable[[], Iterable[UsbPort]]


def serial_ports(by_id: Path = BY_ID) -> list[SerialPort]:
    """All ports that pyserial finds, sorted by device."""
    stable = stable_names(by_id)
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


def named_port(path: str, listed: Iterable[SerialPort]) -> SerialPort:
    """The port of that name, with what the list knows of it; a name of its own may be a link."""
    real = os.path.realpath(path)
    for port in listed:
        if os.path.realpath(port.device) == real:
            return msgspec.structs.replace(port, device=os.path.abspath(path))
    return SerialPort(os.path.abspath(path), None, "", None, tuple(holders(real)))


def usb_ports(by_id: Path = BY_ID) -> list[UsbPort]:
    """The ports on USB; cheaper than `serial_ports`, since it asks nobody who holds them."""
    stable = stable_names(by_id)
    ports = []
    for found in sorted(list_ports.comports()):
        if found.vid is None:
            continue
        socket, _, interface = (found.location or "").partition(":")
        identity = UsbIdentity(f"{found.vid:04x}:{found.pid:04x}", found.serial_number or None, interface)
        ports.append(UsbPort(found.device, identity, socket, stable.get(os.path.realpath(found.device))))
    return ports


def stable_names(by_id: Path = BY_ID) -> dict[str, str]:
    """The by-id link of each device that has one."""
    return {os.path.realpath(link): str(link) for link in sorted(by_id.glob("*"))}
