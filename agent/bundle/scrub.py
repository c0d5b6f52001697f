"""Takes secrets out of bytes, whoever wrote them: those in the unit's files, and what looks like one."""

import base64
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import msgspec

from agent.config import Config
from agent.evidence.setup import files_of

REMOVED = b"[removed]"
_SHORT = 6  # characters; a shorter secret is taken out only where it stands alone
_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S)
_LOGIN = re.compile(rb"(?<=://)[^\s/@\"']+@")  # user:password@ of an address
_NAMED = re.compile(
    rb"(?i)(\b[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key)[\w-]*\"?\s*[=:]\s*)"
    rb"(\"[^\"\n]*\"|'[^'\n]*'|[^\s,;}\]\[{]+)"
)
_HEADER = re.compile(rb"(?i)(\bauthorization\"?\s*[=:]\s*)[^\n]*")
_FILES = re.compile(rb"^[\"']?(/|null\b|None\b|true\b|false\b)")  # a file's name is no secret
_PLACE = re.compile(rb"(?<![\d.])-?\d{2,3}\.\d{4,}(?![\d.])")  # degrees, to ten metres and less
_TEXTS = (".log", ".jsonl")  # where a place may hide; what else is told is chosen without


class Scrubber:
    """Knows the unit's secrets; `places`: also where the truck was."""

    def __init__(self, config: Config, *, places: bool) -> None:
        patterns = sorted({form for word in _secrets(config) for form in _forms(word)}, key=len, reverse=True)
        self._known = re.compile(b"|".join(_pattern(form) for form in patterns)) if patterns else None
        self._places = places

    def clean(self, name: str, content: bytes) -> bytes:
        """The content of the part `name` without what must not leave."""
        content = _KEY.sub(REMOVED, content)
        content = self._known.sub(REMOVED, content) if self._known else content
        content = _HEADER.sub(rb"\1" + REMOVED, _LOGIN.sub(REMOVED + b"@", content))
        content = _NAMED.sub(_value, content)
        return _PLACE.sub(REMOVED, content) if self._places and name.endswith(_TEXTS) else content


def _value(found: "re.Match[bytes]") -> bytes:
    value = found[2]
    if _FILES.match(value):
        return found[0]
    quoted = value[:1] if value[:1] in (b'"', b"'") else b""
    return found[1] + quoted + REMOVED + quoted


def _secrets(config: Config) -> Iterator[str]:
    """What stands in every file that holds a name, a password or a key."""
    device = files_of(config)
    files: list[Path | None] = [camera.password_file for camera in config.cameras]
    for sink in config.sinks:
        files += [sink.username_file, sink.password_file, sink.key_file]
    yield from (camera.username for camera in config.cameras if camera.username)
    for file in (*files, device.key, device.successor):
        yield from () if file is None else _lines(file)


def _lines(file: Path) -> Iterator[str]:
    """The lines of a file; one that cannot be read cannot be in the bundle either."""
    try:
        text = file.read_text(errors="replace")
    except OSError:
        return
    yield from (line.strip() for line in text.splitlines() if line.strip() and not line.startswith("-----"))


def _forms(word: str) -> Iterable[bytes]:
    """A word as it may stand somewhere: plain, in an address, in JSON, in a login header."""
    raw = word.encode()
    json = msgspec.json.encode(word)[1:-1]
    return {raw, quote(word, safe="").encode(), quote_plus(word).encode(), json, base64.b64encode(raw)}


def _pattern(form: bytes) -> bytes:
    alone = re.escape(form)
    return alone if len(form) >= _SHORT else rb"(?<![0-9A-Za-z])" + alone + rb"(?![0-9A-Za-z])"
