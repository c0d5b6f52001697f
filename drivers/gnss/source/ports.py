"""The machine's serial ports: which there are, their stable names, their holders, the USB devices behind."""

import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from drivers.gnss.source.port import holders, target

log = logging.getLogger(__name__)
BY_ID = Path("/dev/serial/by-id")
_TRIES = 3


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
ListPorts = Callable[[], Iterable[ListPortInfo]]


def serial_ports(by_id: Path = BY_ID, found: ListPorts = list_ports.comports) -> list[SerialPort]:
    """All ports that pyserial finds, sorted by device."""
    stable = stable_names(by_id)
    return [
        SerialPort(
            device=port.device,
            by_id=stable.get(target(port.device)),
            description="" if port.description == "n/a" else port.description,
            usb=f"{port.vid:04x}:{port.pid:04x}" if port.vid is not None else None,
            held_by=tuple(holders(port.device)),
        )
        for port in _present(found)
    ]


def named_port(path: str, listed: Iterable[SerialPort]) -> SerialPort:
    """The port of that name, with what the list knows of it; a name of its own may be a link."""
    real = target(path)
    for port in listed:
        if target(port.device) == real:
            return msgspec.structs.replace(port, device=os.path.abspath(path))
    return SerialPort(os.path.abspath(path), None, "", None, tuple(holders(real)))


def usb_ports(by_id: Path = BY_ID, found: ListPorts = list_ports.comports) -> list[UsbPort]:
    """The ports on USB; cheaper than `serial_ports`, since it asks nobody who holds them."""
    stable = stable_names(by_id)
    ports = []
    for port in _present(found):
        if port.vid is None:
            continue
        socket, _, interface = (port.location or "").partition(":")
        identity = UsbIdentity(f"{port.vid:04x}:{port.pid:04x}", port.serial_number or None, interface)
        ports.append(UsbPort(port.device, identity, socket, stable.get(target(port.device))))
    return ports


def _present(found: ListPorts) -> list[ListPortInfo]:
    """What is there, sorted; pyserial fails on a USB device that goes while it is being described."""
    for _ in range(_TRIES):
        try:
            return sorted(found())
        except (OSError, TypeError, ValueError) as e:
            log.debug("listing ports again: %s", e)
    return []


def stable_names(by_id: Path = BY_ID) -> dict[str, str]:
    """The by-id link of each device that has one."""
    return {target(str(link)): str(link) for link in sorted(by_id.glob("*"))}
