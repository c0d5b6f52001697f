"""One screen of all that the agent says of itself, for 80 columns and 24 lines and more."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from agent.screens import sky
from agent.screens.words import Words
from drivers.readings import Signal

Status = dict[str, Any]
_GRAVE = {"violation": "bold red", "critical": "bold white on red", "notice": "yellow", "info": "default"}
_LEAST = 3  # events, however small the screen is


class News(msgspec.Struct, frozen=True):
    """An event: when (RFC 3339, "" unknown), its type and subject, and what it says."""

    time: str
    kind: str
    subject: str
    data: dict[str, Any] = {}


def screen(status: Status, news: Sequence[News], words: Words, size: tuple[int, int]) -> Group:
    """The document of `haulwatch status` and the newest events, last one newest; `size`: columns, lines."""
    width, height = size
    half = width // 2 - 1
    signals = msgspec.convert(status.get("sky", []), list[Signal])
    left: list[RenderableType] = [_rule(words("position")), *_position(status, words)]
    left += [_rule(words("load")), _load(status, words)]
    right: list[RenderableType] = [_rule(words("sky")), *sky.lines(signals, words, half)]
    top = Table.grid(padding=(0, 2, 0, 0))
    top.add_column(width=half, no_wrap=True, overflow="ellipsis")
    top.add_column(width=half, no_wrap=True, overflow="ellipsis")
    top.add_row(Group(*left), Group(*right))
    middle: list[RenderableType] = [_rule(words("cameras")), *_cameras(status, words)]
    middle += [_rule(words("platforms")), *_sinks(status, words)]
    middle += [_rule(words("journal")), _journal(status, words)]
    attention = _attention(status, words)
    middle += [_rule(words("attention"), "red"), *attention] if attention else []
    used = 1 + max(len(left), len(right)) + len(middle) + 1
    room = max(_LEAST, height - used - 1)
    shown = [_event(one, words) for one in news[-room:]] or [_plain(words("nothing yet"), "dim")]
    return Group(_head(status, width), top, *middle, _rule(words("events")), *shown)


def silent(why: str, words: Words) -> Group:
    """What is shown while the daemon does not answer."""
    return Group(_plain(words("the daemon does not answer"), "bold red"), _plain(why))


def _rule(title: str, style: str = "cyan") -> Rule:
    return Rule(Text(title, style), align="left", style="dim", characters="─")


def _plain(text: str, style: str = "") -> Text:
    return Text(text, style, no_wrap=True, overflow="ellipsis")


def _head(status: Status, width: int) -> RenderableType:
    unit, clock = status["unit"], status["clock"]
    who = f"{unit['fleet']}/{unit['vehicle']}  {unit.get('plate') or ''}".strip()
    head = Table.grid(expand=True)
    head.add_column(no_wrap=True, overflow="ellipsis")
    head.add_column(justify="right", no_wrap=True)
    head.add_row(
        Text(f"haulwatch {status['version']}  {who}", "bold"),
        Text(f"{_moment(clock['utc_ns'])}  {clock['origin']}", "dim"),
    )
    head.width = width
    return head


def _moment(utc_ns: int | None) -> str:
    if utc_ns is None:
        return "-"
    return f"{datetime.fromtimestamp(utc_ns // 1_000_000_000, UTC):%Y-%m-%d %H:%M:%SZ}"


def _position(status: Status, words: Words) -> list[Text]:
    fix, receiver = status["fix"], status["receiver"]
    if fix is None:
        shown = [_plain(words("no position yet"), "yellow")]
    else:
        speed = "-" if fix["speed"] is None else f"{fix['speed'] * 3.6:.0f} km/h"
        course = "-" if fix["course"] is None else f"{fix['course']:.0f}°"
        old = "yellow" if fix["age_s"] > 5 else ""
        shown = [
            _plain(f"{fix['lat']:.6f} {fix['lon']:.6f}  {fix['mode']}", "bold"),
            _plain(f"{speed}  {course}  HDOP {fix['hdop']}  {_age(fix['age_s'], words)}", old),
        ]
    if receiver is None:
        return [*shown, _plain(words("no receiver yet"), "yellow")]
    if not receiver["connected"]:
        return [*shown, _plain(f"{receiver['source']}: {receiver['reason']}", "red")]
    rate = "-" if receiver["rate_hz"] is None else f"{receiver['rate_hz']:.1f}"
    state = receiver["antenna"]
    style = "red" if state in ("open", "short") else ""
    return [
        *shown,
        _plain(f"{words('antenna')} {words(state)}  {rate} {words('epochs/s')}", style),
        *(
            _plain(f"{words('suspicion')}: {words(s['kind'])}: {s['why']}", "yellow")
            for s in receiver["suspicions"]
        ),
    ]


def _age(seconds: float, words: Words) -> str:
    return f"{seconds:.0f} s {words('ago')}"


def _load(status: Status, words: Words) -> Text:
    load, motion = status["load"], status["motion"]
    if not load:
        return _plain(words("nothing yet"), "dim")
    style = {"uncovered": "bold red", "partly": "yellow", "unknown": "dim"}.get(load["state"], "green")
    text = _plain(words(load["state"]), style)
    if load["lasting"] and load["lasting"] != load["state"]:
        text.append(f" ({words('lasting')}: {words(load['lasting'])})", "default")
    if motion:
        word = "moving" if motion["moving"] else "parked" if motion["parked"] else "standing"
        text.append(f"  {words(word)}", "default")
    return text


def _cameras(status: Status, words: Words) -> list[Text]:
    return [_camera(name, of, words) for name, of in sorted(status["cameras"].items())] or [
        _plain(words("none"), "dim")
    ]


def _camera(name: str, of: dict[str, Any], words: Words) -> Text:
    if not of["connected"]:
        return _plain(f"{name} ({words(of['role'])}): {words('off')}: {of['reason']}", "red")
    faults = ", ".join(words(fault["kind"]) for fault in of.get("faults", []))
    text = f"{name} ({words(of['role'])})  {of['fps']:.1f} fps  {of['age_s'] or 0:.1f} s"
    return _plain(f"{text}  {faults or words('sound')}", "yellow" if faults else "")


def _sinks(status: Status, words: Words) -> list[Text]:
    shown = []
    for name, sink in sorted(status["sinks"].items()):
        if not sink["connected"]:
            shown.append(_plain(f"{name}: {words('not connected')}: {sink['reason'] or '-'}", "yellow"))
            continue
        counts = f"{sink['acked']} {words('acknowledged')}  {sink['in_flight']} {words('in flight')}"
        shown.append(_plain(f"{name}: {words('connected')} (MQTT {sink['protocol']})  {counts}", "green"))
    return shown or [_plain(words("none"), "dim")]


def _journal(status: Status, words: Words) -> Text:
    journal, written = status["journal"], status.get("written")
    text = f"{journal['bytes'] / 1e6:.1f} MB  {journal['pending']} {words('pending')}"
    if written and written["bytes_per_hour"] is not None:
        text += f"  {written['bytes_per_hour'] / 1e6:.1f} MB/h {words('written')}"
    return _plain(text)


def _attention(status: Status, words: Words) -> list[Text]:
    """What is wrong now: open violations, what is not observed, faults."""
    shown = [
        _plain(f"{words('violation')}: {words(subject.partition('-')[0])} {subject}", "bold red")
        for subject in status["violations"]
    ]
    shown += [
        _plain(f"{words('gap')}: {name}: {why}", "yellow") for name, why in sorted(status["gaps"].items())
    ]
    return shown + [_plain(f"{words('fault')}: {fault}", "red") for fault in status["faults"]]


def _event(one: News, words: Words) -> Text:
    severity = str(one.data.get("severity", "info"))
    clock = one.time[11:19] or "--:--:--"
    text = f"{clock}  {words(severity)}  {words.kind(one.kind)}  {_detail(one, words)}"
    return _plain(text, _GRAVE.get(severity, ""))


def _detail(one: News, words: Words) -> str:
    """What changed into what, or why; else what it is about."""
    data = one.data
    if data.get("to") and "from" in data:
        before = f"{words(str(data['from']))} → " if data["from"] else ""
        return f"{before}{words(str(data['to']))}"
    said = [str(data[name]) for name in ("camera", "why", "reason", "cause") if data.get(name)]
    return ", ".join(words(word) for word in said) or one.subject
