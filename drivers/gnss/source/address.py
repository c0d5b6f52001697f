"""Where a receiver's bytes come from, as one text: a tty, a running gpsd, or a recording. Pure.

/dev/serial/by-id/...              a tty
gpsd://host[:port][/dev/ttyACM0]   a gpsd, and which of its devices
file:/path/of/recording[?rate=10]  a recording, paced by its own times or at `rate` epochs per second
"""

import re
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

GPSD_PORT = 2947  # as registered for gpsd
FORMS = "/dev/..., gpsd://host:port[/device] or file:/path[?rate=Hz]"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


class Tty(msgspec.Struct, frozen=True):
    """A serial port, or a link to one."""

    path: str


class Gpsd(msgspec.Struct, frozen=True):
    """A gpsd and, when it has several, the device."""

    host: str
    port: int = GPSD_PORT
    device: str | None = None


class Recording(msgspec.Struct, frozen=True):
    """A file of captured bytes; `rate_hz` epochs per second, None for the pace of its own times."""

    path: str
    rate_hz: float | None = None


Source = Tty | Gpsd | Recording


def parse_source(text: str) -> Source:
    """What a source's text means; raises ValueError that says what is wrong with it."""
    scheme = _SCHEME.match(text)
    if not text:
        raise ValueError("is empty")
    if not scheme:
        return Tty(text)
    if scheme[1].lower() == "gpsd":
        return _gpsd(text)
    if scheme[1].lower() == "file":
        return _recording(text)
    raise ValueError(f"{scheme[1]}: is no kind of source")


def _gpsd(text: str) -> Gpsd:
    parts = urlsplit(text)
    host, port = parts.hostname, parts.port  # a port that is no number raises ValueError, saying so
    if not host or parts.username is not None or parts.query or parts.fragment:
        raise ValueError(f"{text!r} is no address of a gpsd")
    device = unquote(parts.path)
    return Gpsd(host, GPSD_PORT if port is None else port, device if len(device) > 1 else None)


def _recording(text: str) -> Recording:
    parts = urlsplit(text)
    query = parse_qs(parts.query, keep_blank_values=True)
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise ValueError(f"{text!r} names no absolute path")
    if unknown := sorted(set(query) - {"rate"}):
        raise ValueError(f"{unknown[0]}= is not known of a recording")
    return Recording(unquote(parts.path), _rate(query["rate"][-1]) if query else None)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0.0 < rate <= 1000.0:
        raise ValueError(f"rate={text} is not a number of epochs per second up to 1000")
    return rate
