"""One page about a bundle for people, Chinese and English, that needs nothing but a browser. Pure.

Everything on it is taken from the bundle after verification; what the bundle says is escaped.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from html import escape
from typing import Any

import msgspec

from agent.evidence.archive import Files
from agent.evidence.findings import Verdict
from agent.evidence.observed import lines
from agent.evidence.report_track import track
from agent.evidence.report_words import (
    GAPS,
    KIND,
    KINDS,
    SOURCES,
    STATES,
    STYLE,
    VERDICTS,
    WHEN,
    ending,
    title,
    tone,
)
from agent.evidence.statement import is_by
from agent.model_evidence import Signed
from buffer.records import Record, unlinked

_BEIJING = timezone(timedelta(hours=8))
_SHOWN = 12  # pictures; the bundle has the others
Data = dict[str, Any]


def page(files: Files, verdict: Verdict, name: str) -> str:
    """The page as HTML; `name` is that of the bundle."""
    records = list(_records(files, verdict))
    mine = [r for r in records if (r.stream, r.subject) == ("event", verdict.subject)]
    body = "".join(
        (
            _head(verdict, name, mine),
            _verdict(verdict),
            '<div class="events">',
            "".join(_shown(r) for r in mine if r.type not in ("evidence.sealed", "dispute")),
            "</div>",
            _pictures(files, verdict),
            _observed(files, verdict, mine),
            "".join(_objection(r) for r in mine if r.type == "dispute"),
            _proof(verdict, records),
        )
    )
    return (
        '<!doctype html>\n<html lang="zh"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>证据核验报告 {escape(verdict.vehicle)}</title><style>{STYLE}</style></head>\n"
        f"<body>{body}</body></html>\n"
    )


def _records(files: Files, verdict: Verdict) -> Iterator[Record]:
    """The records of the chain that can be read."""
    segments: Any = verdict.manifest.get("segments", [])
    for name in [n for segment in segments for n in segment["links"] if n in files]:
        try:
            yield unlinked(files[name])
        except ValueError:
            continue


def _head(verdict: Verdict, name: str, mine: list[Record]) -> str:
    told = [r for r in mine if r.type != "warning.given"] or mine  # the warning comes before its event
    what = title(told[0].type) if told else ""
    return (
        f"<h1>证据核验报告 &nbsp;Evidence verification report</h1>"
        f'<p class="sub">{escape(verdict.vehicle)} · {escape(what)} · {escape(name)}</p>'
    )


def _verdict(verdict: Verdict) -> str:
    zh, en, why_zh, why_en = VERDICTS[verdict.word]
    rows = "".join(
        f"<tr><th>{KINDS[f.kind]}</th><td><code>{escape(f.where)}</code> {escape(f.what)}</td></tr>"
        for f in verdict.findings
    )
    table = f"<table>{rows}</table>" if rows else ""
    return (
        f'<div class="verdict {tone(verdict)}"><b>{zh} &nbsp;{en}</b><p>{why_zh}。{why_en}.</p>{table}</div>'
    )


def _shown(record: Record) -> str:
    """An event; of one that is not as we write them, that it is not."""
    try:
        return _event(record)
    except (TypeError, AttributeError, ValueError, KeyError):
        return f"<section><h2>{escape(record.type)}</h2><p>无法读取 not understood</p></section>"


def _event(record: Record) -> str:
    data = _data(record)
    rows = [("时间 Time", _time(record.utc_ns, record.clock))]
    if place := data.get("place"):
        rows.append(("位置 Place (WGS-84)", f"{place.get('lat')}, {place.get('lon')}"))
        if place.get("speed") is not None:
            rows.append(("车速 Speed", f"{place['speed'] * 3.6:.0f} km/h"))
    if "confidence" in data:
        rows.append(("置信度 Confidence", f"{data['confidence']:.2f}"))
    rows += [(f"摄像头 Camera {camera}", _view(view)) for camera, view in (data.get("views") or {}).items()]
    for camera, read in (data.get("readings") or {}).items():
        rows.append((f"判读 Readings {camera}", _readings(read)))
    if worst := data.get("worst"):
        rows.append(("最严重 Worst", f"{worst.get('value')} {worst.get('unit')}"))
    if authority := data.get("authority"):
        rows.append(("主管部门 Concerns", "、".join(map(str, authority))))
    if reason := data.get("reason"):
        rows.append(("结束原因 Ended because", ending(str(reason))))
    return f"<section><h2>{escape(title(record.type))}</h2>{_table(rows)}</section>"


def _view(view: Data) -> str:
    chances = view.get("p") or {}
    p = ", ".join(f"{STATES[k]} {chances[k]:.2f}" for k in STATES if k in chances)
    return f"{p}；模型 model {view.get('model')}"


def _readings(read: Data) -> str:
    strongest = read.get("strongest") or {}
    return (
        f"{read.get('usable')} 帧可用 usable, {read.get('unusable')} 帧不可用 unusable；"
        f"最有力一帧 strongest: {STATES.get(str(strongest.get('state')), '')}"
    )


def _pictures(files: Files, verdict: Verdict) -> str:
    """Copies in the order of time, and originals that have none; the other originals by their hashes."""
    listed = [f for f in _listed(verdict, "picture") if f["name"] in files]
    copied = {(f["camera"], f["at_us"]) for f in listed if f["kind"] == "overlay"}
    shown = [f for f in listed if f["kind"] == "overlay" or (f["camera"], f["at_us"]) not in copied]
    shown.sort(key=lambda f: (f["at_us"], f["camera"]))
    figures = "".join(_figure(f, files[f["name"]]) for f in shown[:_SHOWN])
    rest = [f for f in listed if f not in shown[:_SHOWN]]
    rest.sort(key=lambda f: (f["at_us"], f["camera"]))
    rows = (
        [("另有 Also in it", "; ".join(f"{f['when']} {f['kind']} {f['sha256']}" for f in rest))]
        if rest
        else []
    )
    lacking: Any = [*_list(verdict, "withheld"), *_list(verdict, "absent")]
    rows += [(KIND.get(g.get("kind"), "观测 observed"), f"{g['why']}: {g['sha256']}") for g in lacking]
    more = _table(rows, code=True) if rows else ""
    return f'<h2>图片 Pictures</h2><div class="pictures">{figures}</div>{more}'


def _figure(entry: Data, content: bytes) -> str:
    sound = hashlib.sha256(content).hexdigest() == entry["sha256"]
    mark = "" if sound else "<b> 已被篡改 altered</b>"
    return (
        f'<figure><img alt="" src="data:image/jpeg;base64,{base64.b64encode(content).decode()}">'
        f"<figcaption>{escape(_caption(entry))}{mark}<br>"
        f"<code>{escape(entry['sha256'][:40])}…</code></figcaption></figure>"
    )


def _caption(entry: Data) -> str:
    return f"{WHEN.get(entry['when'], '')} · {entry['camera']} · {KIND.get(entry['kind'], '')}"


def _listed(verdict: Verdict, role: str) -> list[Data]:
    """Entries of the manifest that say of themselves what is shown."""
    told = ("kind", "camera", "when", "at_us") if role == "picture" else ()
    found = [f for f in _list(verdict, "files") if f.get("role") == role and f.keys() >= set(told)]
    return [f for f in found if not told or isinstance(f["at_us"], int)]


def _list(verdict: Verdict, name: str) -> list[Data]:
    found: Any = verdict.manifest.get(name, [])
    return list(found)


def _observed(files: Files, verdict: Verdict, mine: list[Record]) -> str:
    """The way around the event, and what was not observed there."""
    seen: dict[tuple[str, int], Data] = {}
    for entry in _listed(verdict, "observed"):
        try:
            seen |= {(line["stream"], line["seq"]): line for line in lines(files.get(entry["name"], b""))}
        except (ValueError, KeyError, TypeError):
            continue
    fixes = [line for line in seen.values() if line["stream"] == "track"]
    moments = [r.mono_ns // 1000 for r in mine if r.type not in ("evidence.sealed", "dispute")]
    drawing = track(fixes, moments) or "<p>没有定位 no positions</p>"
    ledger = [
        _gap(line) for line in sorted(seen.values(), key=lambda s: s["seq"]) if line["stream"] == "coverage"
    ]
    none = [("", "无 nothing")]
    return (
        f"<h2>行驶轨迹 Track ({len(fixes)} 点 fixes)</h2>{drawing}"
        f"<h2>未观测到的 What was not observed</h2>{_table(ledger or none)}"
    )


def _gap(line: Data) -> tuple[str, str]:
    data, utc_us = line["data"], line.get("utc_us")
    at = "" if utc_us is None else f"{datetime.fromtimestamp(utc_us / 1e6, _BEIJING):%H:%M:%S} "
    kind, _, name = str(data.get("source", line["subject"])).partition(":")
    return (
        f"{SOURCES.get(kind, kind)} {name}",
        f"{at}{GAPS.get(line['type'], line['type'])}：{data.get('why', '')}",
    )


def _objection(record: Record) -> str:
    data = _data(record)
    try:
        signed = msgspec.convert(data, Signed)
        right = is_by(signed, str(data.get("key")))
    except msgspec.ValidationError:
        return "<h2>异议 Objection</h2><p>无法读取 not understood</p>"
    said = signed.statement
    rows = [
        ("提出人 By", str(said.get("by"))),
        ("时间 Time", str(said.get("time"))),
        ("理由 Reason", str(said.get("reason"))),
        ("签名 Signature", f"{signed.kid} {'有效 holds' if right else '无效 does not hold'}"),
    ]
    return f"<h2>异议 Objection</h2>{_table(rows)}"


def _proof(verdict: Verdict, records: list[Record]) -> str:
    rows = [
        ("密钥 Key", verdict.kid),
        ("指纹 Fingerprint", verdict.fingerprint),
        ("链头 Anchor", verdict.anchored or "无 none"),
        ("链中记录 Records of the chain", str(len(records))),
        ("世代 Generation", str(verdict.manifest.get("generation"))),
        ("事件 Subject", verdict.subject),
    ]
    note = (
        "<footer>本页由核验程序根据证据包生成，其本身没有签名；请以证据包为准。 "
        "The verifier made this page from the bundle; it is not signed itself, the bundle counts.</footer>"
    )
    return f"<h2>核验依据 What it rests on</h2>{_table(rows, code=True)}{note}"


def _table(rows: Iterable[tuple[str, str]], *, code: bool = False) -> str:
    mark = ("<code>", "</code>") if code else ("", "")
    made = "".join(f"<tr><th>{escape(k)}</th><td>{mark[0]}{escape(v)}{mark[1]}</td></tr>" for k, v in rows)
    return f"<table>{made}</table>"


def _time(utc_ns: int | None, clock: str) -> str:
    if utc_ns is None:
        return "不明 unknown"
    moment = datetime.fromtimestamp(utc_ns // 10**9, UTC)
    return (
        f"{moment.astimezone(_BEIJING):%Y-%m-%d %H:%M:%S} 北京时间 Beijing（{moment:%Y-%m-%dT%H:%M:%SZ}，"
        f"时钟 clock: {clock}）"
    )


def _data(record: Record) -> Data:
    try:
        return msgspec.json.decode(record.payload, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}
