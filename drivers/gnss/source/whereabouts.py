"""Where a tty is now: a receiver plugged in again may come back under another number.

A path below /dev/serial is a stable name, so udev follows for us. A plain /dev/ttyACM0 may come back as
ttyACM1, or another device may have taken its number: then the USB device that has spoken as a receiver before
is looked for. Renumbering is checked with simulated ports; not run on hardware.
"""

import logging

from drivers.gnss.source.port import target
from drivers.gnss.source.ports import ListUsb, UsbPort

log = logging.getLogger(__name__)
_STABLE = "/dev/serial/"


class Whereabouts:
    """Follows the tty at `path`; `list_usb` gives the ports on USB now."""

    def __init__(self, path: str, list_usb: ListUsb) -> None:
        self._path, self._list_usb = path, list_usb
        self._follows = not path.startswith(_STABLE)
        self._known: UsbPort | None = None
        self._said: str | None = None

    def find(self) -> str:
        """The path to open: the configured one, unless the known receiver is at another one now."""
        if self._known is None:
            return self._path
        found = self._same(self._known)
        if found is None or _is_at(found, self._path):
            self._said = None
            return self._path
        if self._said != found.device:
            self._said = found.device
            hint = f"; configure {found.by_id}, which stays" if found.by_id else ""
            log.warning("receiver %s is %s now%s", self._path, found.device, hint)
        return found.device

    def confirm(self, path: str) -> None:
        """A receiver has spoken at `path`: that is the USB device to follow from now on."""
        if self._follows:
            self._known = next((p for p in self._list_usb() if _is_at(p, path)), self._known)

    def _same(self, known: UsbPort) -> UsbPort | None:
        """The port of the same device; several of one kind without serial number are told by their socket."""
        alike = [p for p in self._list_usb() if p.identity == known.identity]
        if len(alike) > 1:
            alike = [p for p in alike if p.socket == known.socket]
        return alike[0] if len(alike) == 1 else None


def _is_at(port: UsbPort, path: str) -> bool:
    return target(port.device) == target(path)
