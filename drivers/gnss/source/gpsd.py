"""A running gpsd as a source: its receiver's own sentences, passed through, for our decoder.

gpsd's JSON reports (TPV, SKY) leave out what a fix's quality and date rest on, so they are not used. With
`nmea` on, gpsd passes an NMEA receiver's sentences on unchanged, and makes sentences of its own for one that
it talks to in a binary protocol. Protocol: gpsd_json(5), commands ?WATCH and ?DEVICES.
"""

import json
import logging
import socket
from typing import Any, Self

from drivers.clock import Clock
from drivers.dial import dial
from drivers.errors import DeviceLost, DeviceMissing
from drivers.gnss.source.address import Gpsd

log = logging.getLogger(__name__)
_CONNECT_S = 0.9  # every blocking call ends within a second
_QUIET_S = 0.3
_ASK_NS = 2_000_000_000  # quiet for so long: ask whether the device is still there
_ANSWER_NS = 20_000_000_000  # a gpsd that opens a device at many speeds answers nobody for some seconds
_LONGEST = 65_536  # bytes of one report
_QUOTED = 200  # characters of gpsd's words that go into a reason
_TEXTUAL = {"NMEA0183", "MTK-3301", "Garmin NMEA", "Ashtech", "SkyTraq", "iTalk"}


class GpsdConnection:
    """A watched gpsd: its reports are taken as news of the device, the rest comes out of `read`."""

    quiet_ends_epoch = True

    def __init__(self, source: Gpsd, line: socket.socket, clock: Clock) -> None:
        self._source, self._line, self._clock = source, line, clock
        self.name = f"gpsd://{source.host}:{source.port}{source.device or ''}"
        self._rest = b""
        self._line_open = False  # whether the end of a sentence is still to come
        self._heard_ns = self._asked_ns = clock.mono_ns()
        self._unanswered = True
        self._made_by_gpsd = False
        self._active = True

    @classmethod
    def open(cls, source: Gpsd, clock: Clock) -> Self:
        """Connect and watch; raises DeviceMissing. Whether gpsd has the device turns out when reading."""
        watch: dict[str, Any] = {"enable": True, "json": False, "nmea": True}
        if source.device:
            watch["device"] = source.device
        try:
            line = dial(source.host, source.port, _CONNECT_S)
        except (OSError, UnicodeError) as e:  # a host that is no name of one is a UnicodeError
            raise DeviceMissing(
                f"gpsd does not answer ({getattr(e, 'strerror', None) or e})",
                where=f"gpsd://{source.host}:{source.port}",
                remedy="start gpsd, or correct host and port",
            ) from e
        self = cls(source, line, clock)
        line.settimeout(_QUIET_S)
        self._say(b"?WATCH=" + json.dumps(watch).encode() + b";\n")
        return self

    def read(self) -> bytes:
        """Sentences that have come; nothing when it was quiet for 0.3 s."""
        try:
            chunk = self._line.recv(_LONGEST)
        except TimeoutError:
            return self._quiet()
        except OSError as e:
            raise self._lost(f"gpsd's connection broke ({e.strerror or e})") from e
        if not chunk:
            raise self._lost("gpsd ended the connection")
        self._heard_ns, self._unanswered = self._clock.mono_ns(), False
        return self._sentences(chunk)

    def moved(self) -> bool:
        """Never: an address is an address."""
        return False

    def silence(self) -> str:
        """The phrase for hearing nothing."""
        device = self._source.device or "its device"
        return f"gpsd has nothing from {device}" if self._active else f"gpsd has lost {device}"

    def close(self) -> None:
        """Close the connection."""
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _quiet(self) -> bytes:
        """Nothing came: ask after the device now and then; no answer at all is a lost gpsd."""
        now = self._clock.mono_ns()
        if self._unanswered and now - self._heard_ns > _ANSWER_NS:
            raise self._lost("gpsd does not answer")
        if not self._unanswered and now - max(self._heard_ns, self._asked_ns) > _ASK_NS:
            self._asked_ns, self._unanswered = now, True
            self._say(b"?DEVICES;\n")
        return b""

    def _say(self, command: bytes) -> None:
        try:
            self._line.sendall(command)
        except OSError as e:
            raise self._lost(f"gpsd's connection broke ({e.strerror or e})") from e

    def _sentences(self, chunk: bytes) -> bytes:
        """The chunk without gpsd's reports: lines that begin with a brace."""
        *lines, tail = (self._rest + chunk).split(b"\n")
        self._rest = b""
        passed = []
        for line in lines:
            if line.startswith(b"{") and not self._line_open:
                self._report(line)
            else:
                passed.append(line + b"\n")
            self._line_open = False
        if tail.startswith(b"{") and not self._line_open and len(tail) < _LONGEST:
            self._rest = tail
        elif tail:
            self._line_open = True
            passed.append(tail)
        return b"".join(passed)

    def _report(self, line: bytes) -> None:
        report = _parsed(line)
        kind = report.get("class")
        if kind == "ERROR":
            raise DeviceMissing(
                f"gpsd says: {_quoted(report.get('message'))}",
                where=self.name,
                remedy="see gpsd's list of devices",
            )
        if kind == "DEVICES":
            listed = report.get("devices")
            known = [d for d in listed if isinstance(d, dict)] if isinstance(listed, list) else []
            self._check_devices([d for d in known if not _is_pulse(d)])

    def _check_devices(self, devices: list[dict[str, Any]]) -> None:
        wanted = self._source.device
        chosen = [d for d in devices if wanted in (None, d.get("path"))]
        if not chosen:
            what = f"gpsd has no device {wanted}" if wanted else "gpsd has no device"
            raise DeviceMissing(what, where=self.name, remedy="add it: gpsdctl add /dev/...")
        if len(chosen) > 1:
            names = _quoted(", ".join(str(d.get("path")) for d in devices))
            raise DeviceMissing(
                f"gpsd has {len(chosen)} devices ({names})",
                where=self.name,
                remedy="name one: gpsd://host:port/device",
            )
        self._active = bool(chosen[0].get("activated", False))  # absent while it cannot be opened
        driver = str(chosen[0].get("driver") or "")
        if driver and driver not in _TEXTUAL and not self._made_by_gpsd:
            self._made_by_gpsd = True
            log.warning(
                "%s: gpsd talks %s to the receiver, so the sentences are gpsd's own; "
                "gpsd -b leaves the receiver as it is",
                self.name,
                _quoted(driver),
            )

    def _lost(self, what: str) -> DeviceLost:
        return DeviceLost(what, where=self.name, remedy="see whether gpsd runs")


def _is_pulse(device: dict[str, Any]) -> bool:
    return str(device.get("path")).startswith("/dev/pps")


def _parsed(line: bytes) -> dict[str, Any]:
    """A report; empty when it is none, or one that nests too deep to be any."""
    try:
        report: dict[str, Any] = json.loads(line)  # it begins with a brace
    except (ValueError, RecursionError):
        return {}
    return report


def _quoted(text: object) -> str:
    """Somebody else's words as they may go into records: short, and whatever UTF-8 cannot hold replaced."""
    return str(text)[:_QUOTED].encode("utf-8", "replace").decode()
