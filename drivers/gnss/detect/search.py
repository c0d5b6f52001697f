"""Finding the receiver: listens to ports at the usual speeds and says of each what it is, and what to do.

Nothing is written to a port unless modules are to be asked. Speeds come in the order of likelihood: NMEA's
own, then what modules ship with.
"""

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import msgspec

from drivers.clock import Clock
from drivers.errors import DeviceBusy, DeviceLost, DriverError
from drivers.gnss.detect.binary import NAMES
from drivers.gnss.detect.hearing import Hearing
from drivers.gnss.dialogue.conversation import Conversation
from drivers.gnss.dialogue.frames import Message
from drivers.gnss.dialogue.identification import Candidate, identify
from drivers.gnss.source.port import Port
from drivers.gnss.source.ports import SerialPort
from drivers.gnss_profile import GnssProfile
from drivers.readings import Constellation, Mode

BAUDS = (9600, 115200, 38400, 4800, 57600, 460800)
_NS = 1_000_000_000
_GARBAGE_S = 1.5  # of noise are enough to try the next speed: a receiver speaks every second
_AT, _ANSWER_S = b"AT\r\n", 1.2
_AT_ONCE = 8  # ports
_MODEM_REMEDY = "its receiver is on another port: set gnss.source to that one, gnss.control to this one"
_START_REMEDY = "set gnss.profile, gnss.source to its NMEA port and gnss.control to its AT port"
_SILENT_REMEDY = (
    "check power, ground and the wire from the receiver's TX; the antenna doesn't matter here; some modules"
    " send nothing until they are told to: `haulwatch gnss configure`, or gnss.control for a modem"
)
Kind = Literal["receiver", "binary", "wrong_baud", "silent", "modem", "busy", "missing", "lost"]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one port is; `what` and `remedy` are one phrase each, the rest is None where it isn't known.

    `sentences_per_s` are whole ones, `in_view` satellites by constellation, `tracked` those with a C/N0.
    `profiles` are those that fit, `module` and `firmware` what it said when asked.
    """

    kind: Kind
    device: str
    what: str
    remedy: str = ""
    by_id: str | None = None
    usb: str | None = None
    baud: int | None = None
    tried: tuple[int, ...] = ()
    sentences_per_s: float | None = None
    talkers: tuple[str, ...] = ()
    mode: Mode | None = None
    in_view: dict[Constellation, int] = {}
    tracked: int | None = None
    protocol: str | None = None
    profiles: tuple[str, ...] = ()
    module: str | None = None
    firmware: str | None = None
    said: tuple[str, ...] = ()


class Search(msgspec.Struct, frozen=True):
    """How to look: seconds at each speed, the speeds, the known profiles, and whether to ask."""

    seconds: float = 3.0
    bauds: tuple[int, ...] = BAUDS
    profiles: dict[str, GnssProfile] = {}
    ask: bool = False


def detect(ports: Sequence[SerialPort], search: Search, clock: Clock) -> list[Verdict]:
    """A verdict on each port, receivers first; several are heard at once."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        verdicts = list(pool.map(lambda port: examine(port, search, clock), ports))
    return sorted(verdicts, key=_worth)


def examine(port: SerialPort, search: Search, clock: Clock) -> Verdict:
    """Listen to one port at one speed after another, until it makes sense."""
    tried: list[int] = []
    try:
        with Port.open(port.device, search.bauds[0]) as line:
            for baud in search.bauds:
                tried.append(baud)
                line.set_baud(baud)
                heard = _listen(line, search.seconds, clock)
                if verdict := _sense(port, baud, heard, search.seconds):
                    return _named(verdict, line, search, clock)
    except DriverError as e:
        return _refused(port, e)
    return _verdict(
        port,
        "wrong_baud",
        f"bytes, but garbage at {', '.join(map(str, tried))} baud",
        "not a receiver, or another speed: look it up in its manual and set gnss.baud; check ground and level"
        " of the signal",
        tried=tuple(tried),
    )


def _listen(line: Port, seconds: float, clock: Clock) -> Hearing:
    """Hear one speed: for the whole time if it makes sense, for a second or so of noise."""
    heard = Hearing()
    begin = clock.mono_ns()
    first_ns: int | None = None
    while (now := clock.mono_ns()) < begin + seconds * _NS:
        if first_ns and heard.is_noise() and now > first_ns + _GARBAGE_S * _NS:
            break
        chunk = line.read()
        if chunk:
            first_ns = first_ns or clock.mono_ns()
            heard.take(chunk, clock.mono_ns())
    return heard


def _sense(port: SerialPort, baud: int, heard: Hearing, seconds: float) -> Verdict | None:
    """What was heard at one speed; None for noise that another speed may explain."""
    if heard.speaks:
        return _receiver(port, baud, heard, seconds)
    if protocol := heard.protocol():
        return _verdict(
            port,
            "binary",
            f"a receiver that speaks {NAMES[protocol]} at {baud} baud, and no NMEA",
            "switch its NMEA output on (`haulwatch gnss configure`, or the vendor's tool)",
            baud=baud,
            protocol=protocol,
        )
    if heard.is_command_line():
        return _verdict(
            port,
            "modem",
            f"the AT port of a modem at {baud} baud",
            _MODEM_REMEDY,
            baud=baud,
        )
    if not heard.size:
        return _verdict(
            port,
            "silent",
            "silent",
            _SILENT_REMEDY,
            tried=(baud,),
        )
    return None


def _receiver(port: SerialPort, baud: int, heard: Hearing, seconds: float) -> Verdict:
    sky = heard.sky()
    in_view: dict[Constellation, int] = {}
    for name, _ in {(s.constellation, s.number) for s in sky}:
        in_view[name] = in_view.get(name, 0) + 1
    tracked = len({(s.constellation, s.number) for s in sky if s.cn0})
    mode = heard.fix.mode if heard.fix else "none"
    what, remedy = _state(mode, sum(in_view.values()), tracked, listed="GSV" in {i[-3:] for i in heard.ids})
    return _verdict(
        port,
        "receiver",
        f"receiver at {baud} baud, {what}",
        remedy,
        baud=baud,
        sentences_per_s=round(heard.sentences / seconds, 1),
        talkers=heard.talkers,
        mode=mode,
        in_view=dict(sorted(in_view.items())),
        tracked=tracked,
        said=tuple(heard.notices[:32]),
    )


def _state(mode: Mode, in_view: int, tracked: int, *, listed: bool) -> tuple[str, str]:
    """What a receiver has of the sky, and what helps."""
    if mode != "none":
        return f"{mode} fix, {in_view} satellites in view", ""
    if not listed:
        return "no fix", "go under open sky and wait some minutes; check the antenna"
    if not tracked:
        return (
            "no fix and no signal at all",
            "check the antenna, its plug and cable, and that it sees the sky",
        )
    return f"signals of {tracked} satellites, but no fix yet", "wait some minutes under open sky"


def _named(verdict: Verdict, line: Port, search: Search, clock: Clock) -> Verdict:
    """The verdict with the profiles that fit, and with what the module says when asked."""
    profiles = fitting(search.profiles, verdict.usb, verdict.said)
    if verdict.kind == "silent":
        return _silent(verdict, line, search, clock)
    verdict = msgspec.structs.replace(verdict, profiles=profiles)
    if search.ask and verdict.kind in ("receiver", "binary", "modem"):
        return _asked(verdict, line, search, clock)
    return verdict


def _asked(verdict: Verdict, line: Port, search: Search, clock: Clock) -> Verdict:
    """The verdict with what the module answers; only modems are asked on an AT port, and only there."""
    candidates = [
        Candidate.of(name, profile)
        for name, profile in search.profiles.items()
        if _is_modem(profile) == (verdict.kind == "modem")
    ]
    found = identify(Conversation(line, clock, _Deaf()), candidates, verdict.usb, verdict.said)
    if not found:
        return verdict
    who = found[1]
    known = {"profiles": (who.profile,), "module": who.module or None, "firmware": who.firmware or None}
    return msgspec.structs.replace(verdict, **known)


def _is_modem(profile: GnssProfile) -> bool:
    return profile.start is not None and profile.start.port == "control"


def _silent(verdict: Verdict, line: Port, search: Search, clock: Clock) -> Verdict:
    """A silent port may be the AT port of a modem, or its NMEA port before its receiver was started."""
    profiles = fitting(search.profiles, verdict.usb, ())
    if search.ask and _answers_at(line, clock):
        at = {"kind": "modem", "what": "the AT port of a modem", "remedy": _MODEM_REMEDY}
        return _asked(msgspec.structs.replace(verdict, profiles=profiles, **at), line, search, clock)
    if any(_is_modem(search.profiles[name]) for name in profiles):
        what, remedy = "silent; a port of a modem, whose receiver is off until it is started", _START_REMEDY
        return msgspec.structs.replace(verdict, what=what, remedy=remedy, profiles=profiles)
    return msgspec.structs.replace(verdict, profiles=profiles)


def _answers_at(line: Port, clock: Clock) -> bool:
    """Whether a modem answers AT with OK."""
    answers = Conversation(line, clock, _Deaf()).ask(_AT, _ANSWER_S)
    return Message("line", b"OK") in answers


class _Deaf:
    """Nobody needs to see what else comes."""

    def see(self, message: Message, mono_ns: int) -> None:
        pass


def fitting(profiles: Mapping[str, GnssProfile], usb: str | None, said: Sequence[str]) -> tuple[str, ...]:
    """The profiles one of whose banners was said; else those of the USB ids."""
    by_banner = [
        name
        for name, profile in profiles.items()
        if any(re.search(banner, f"${line}") for banner in profile.identify.banner for line in said)
    ]
    return tuple(by_banner) or tuple(n for n, p in profiles.items() if usb and usb in p.identify.usb)


def _refused(port: SerialPort, error: DriverError) -> Verdict:
    kind: Kind = "missing"
    if isinstance(error, DeviceBusy):
        kind = "busy"
    elif isinstance(error, DeviceLost):
        kind = "lost"
    return _verdict(port, kind, error.what, error.remedy)


def _verdict(port: SerialPort, kind: Kind, what: str, remedy: str, **more: object) -> Verdict:
    known = {"device": port.device, "by_id": port.by_id, "usb": port.usb}
    return msgspec.convert({"kind": kind, "what": what, "remedy": remedy, **known, **more}, Verdict)


def _worth(verdict: Verdict) -> tuple[bool, bool, int, str]:
    """Receivers first, with a fix before without, with more signals before less."""
    return (
        verdict.kind != "receiver",
        verdict.mode in (None, "none"),
        -(verdict.tracked or 0),
        verdict.device,
    )
