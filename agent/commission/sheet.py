"""The sheet for people: one HTML file, Chinese and English, that needs nothing but a browser. Pure.

Both languages lie in it, and a switch without a script shows one; it prints on one or two A4 pages.
"""

import base64
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from functools import partial
from html import escape
from importlib import resources

import msgspec

from agent.commission.sheet_sky import plot
from agent.commission.state import STEPS, Done, Figure, Run, complete
from agent.commission.words import Words
from agent.doctor.findings import Finding
from agent.language import Language
from agent.model_commission import StepName

MARKS = {"ok": "✓", "warn": "!", "fail": "✗", "skipped": "–", "undone": "○"}
_BEIJING = timezone(timedelta(hours=8))
_VERIFY = "haulwatch evidence verify SHEET.html --trust KEY.pub"
_LONG = ("fingerprint",)
_TEXT = {
    "title": ("安装调试单", "Commissioning sheet"),
    "at": ("时间", "time"),
    "by": ("操作", "by"),
    "clock": ("时钟", "clock"),
    "unset": ("时钟未设", "the clock was not set"),
    "saw": ("人已确认", "seen by a person"),
    "proof": ("签名", "Signature"),
    "how": (
        "本单由本机密钥签名，改动任何一个字节都能查出：",
        "Signed by the unit's key; any altered byte is found:",
    ),
    "technician": ("技术员签字", "technician"),
    "owner": ("车主签字", "owner"),
    "withheld": ("图片留在车上：没有人看过", "pictures stay on the vehicle: nobody has looked at them"),
    "key": ("密钥", "key"),
    "fingerprint": ("指纹", "fingerprint"),
}


class Facts(msgspec.Struct, frozen=True):
    """Who made the sheet, when (RFC 3339, None: not known) and by which clock; the key that signs it."""

    plate: str | None
    by: str
    version: str
    kid: str
    fingerprint: str
    time: str | None
    clock: str
    language: Language = "zh"


def page(run: Run, facts: Facts, pictures: Mapping[str, bytes], end: str) -> str:
    """The page as HTML; `pictures` by their SHA-256, `end` stands before the end of the body."""
    made = _Page(run, facts, pictures)
    checked = {lang: " checked" if facts.language == lang else "" for lang in ("zh", "en")}
    return (
        '<!doctype html>\n<html lang="zh"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_TEXT['title'][0]} {escape(run.vehicle)}</title><style>{_style()}</style></head>\n<body>"
        f'<input type="radio" name="lang" id="zh"{checked["zh"]}><label for="zh">中文</label>'
        f'<input type="radio" name="lang" id="en"{checked["en"]}><label for="en">English</label>'
        f"<main>{made.head()}{made.chips()}<div class=cards>"
        f"{''.join(made.card(n, name) for n, name in enumerate(STEPS, 1))}</div>{made.proof()}</main>"
        f"{end}</body></html>\n"
    )


class _Page:
    def __init__(self, run: Run, facts: Facts, pictures: Mapping[str, bytes]) -> None:
        self._run, self._facts, self._pictures = run, facts, pictures
        self._words = (Words("zh"), Words("en"))

    def head(self) -> str:
        """Whose it is, when it was made, and whether all is done."""
        run, facts = self._run, self._facts
        whole, said = complete(run), self._both(lambda w: verdict(w, run))
        parts = [escape(run.vehicle), escape(facts.plate or ""), self._time(facts.time)]
        parts.append(f"{_said('by')} {escape(facts.by)}")
        parts.append(escape(f"haulwatch {facts.version}"))
        return (
            f"<h1>{_said('title')}</h1><p class=sub>{' · '.join(part for part in parts if part)}</p>"
            f'<p class="verdict {"ok" if whole else "fail"}">{said}</p>'
        )

    def chips(self) -> str:
        """The ten results at a glance."""
        chips = []
        for number, name in enumerate(STEPS, 1):
            result = self._done(name).result
            title = self._both(partial(Words.title, step=name))
            mark = f"<b>{MARKS[result]}</b>"
            chips.append(f'<a class="{result}" href="#{name}">{mark} {number} {title}</a>')
        return f"<nav>{''.join(chips)}</nav>"

    def card(self, number: int, name: StepName) -> str:
        """One step with its result, figures, findings and pictures."""
        done = self._done(name)
        title = self._both(lambda w: f"{number} {w.title(name)}")
        result = self._both(lambda w: f"{MARKS[done.result]} {w.result(done.result)}")
        head = f'<h2>{title}<em class="{done.result}">{result}</em></h2>'
        small = [self._time(done.time, short=True) if done.time else ""]
        small += [_said("saw")] if done.person else []
        small += [self._both(lambda w: reason(w, done))] if done.reason else []
        small += [self._both(lambda w: w.say("fine", count=done.measured.fine))] if done.measured.fine else []
        line = f"<p class=small>{' · '.join(part for part in small if part)}</p>"
        return f'<section id="{name}">{head}{line}{self._body(done)}</section>'

    def proof(self) -> str:
        """The key, how to verify it, and room for ink."""
        facts = self._facts
        rows = f"<tr><th>{_said('key')}</th><td><code>{facts.kid}</code></td></tr>"
        rows += f"<tr><th>{_said('fingerprint')}</th><td><code>{facts.fingerprint}</code></td></tr>"
        ink = "".join(f"<td>{_said(who)}</td>" for who in ("technician", "owner"))
        return (
            f"<section class=proof><h2>{_said('proof')}</h2><table>{rows}</table>"
            f"<p class=small>{_said('how')} <code>{_VERIFY}</code></p>"
            f"<table class=ink><tr>{ink}</tr></table></section>"
        )

    def _body(self, done: Done) -> str:
        seen = done.measured
        rows = "".join(self._row(figure) for figure in seen.figures)
        wrong = "".join(self._wrong(found) for found in seen.bad)
        parts = [f"<ul>{wrong}</ul>" if wrong else "", plot(seen.sky)]
        parts.append(f"<table>{rows}</table>" if rows else "")
        shown = seen.shown(person=done.person)
        parts += [self._picture(shot.camera, shot.what, shot.sha256) for shot in shown]
        parts.append(f"<p class=small>{_said('withheld')}</p>" if len(shown) < len(seen.shots) else "")
        return "".join(parts)

    def _row(self, figure: Figure) -> str:
        name, value = (self._both(partial(_part_of, figure=figure, at=at)) for at in (0, 1))
        return f"<tr{' class=long' * (figure.name in _LONG)}><th>{name}</th><td>{value}</td></tr>"

    def _wrong(self, found: Finding) -> str:
        what, do = self._both(lambda w: w.what(found)), self._both(lambda w: w.remedy(found))
        return f'<li class="{found.level}">{what}<br>→ {do}</li>'

    def _picture(self, camera: str, what: str, sha256: str) -> str:
        content = self._pictures.get(sha256)
        if content is None:
            return ""
        data = base64.b64encode(content).decode()
        caption = self._both(lambda w: f"{camera} · {w.shot(what)}")
        return (
            f'<figure><img alt="" src="data:image/jpeg;base64,{data}">'
            f"<figcaption>{caption} · <code>{sha256[:16]}…</code></figcaption></figure>"
        )

    def _done(self, name: StepName) -> Done:
        return self._run.steps.get(name) or Done("undone", "")

    def _time(self, text: str | None, *, short: bool = False) -> str:
        if text is None:
            return _said("unset")
        moment = datetime.fromisoformat(text)
        local = f"{moment.astimezone(_BEIJING):%H:%M}" if short else f"{moment.astimezone(_BEIJING):%F %H:%M}"
        utc = "" if short else f" (UTC {moment:%H:%M}, {_said('clock')} {escape(self._facts.clock)})"
        return local + utc

    def _both(self, say: Callable[[Words], str]) -> str:
        zh, en = (say(words) for words in self._words)
        return escape(zh) if zh == en else _pair(zh, en)


def _part_of(words: Words, figure: Figure, at: int) -> str:
    return words.figure(figure)[at]


def _style() -> str:
    return resources.files("agent.commission").joinpath("sheet.css").read_text()


def reason(words: Words, done: Done) -> str:
    """Why a step was left out or left open."""
    return words.say("person") if done.reason == "person" else str(done.reason)


def verdict(words: Words, run: Run) -> str:
    """That all is done, or which steps keep it from being complete."""
    if complete(run):
        return words.say("complete")
    open_steps = [n for n in STEPS if n not in run.steps or run.steps[n].result not in ("ok", "warn")]
    joint = "、" if words.lang == "zh" else ", "
    return words.say("incomplete", steps=joint.join(words.title(name) for name in open_steps))


def _said(name: str) -> str:
    return _pair(*_TEXT[name])


def _pair(zh: str, en: str) -> str:
    return f'<span lang="zh">{escape(zh)}</span><span lang="en">{escape(en)}</span>'
