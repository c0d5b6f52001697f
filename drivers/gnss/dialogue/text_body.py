"""The body of a template in text: literal characters and places for values. Pure."""

import re
from collections.abc import Mapping
from typing import Self

import msgspec

_PLACE = re.compile(r"\{([^{}]*)\}")
_FORM = re.compile(r"(?P<name>[a-z]\w*)(?P<text>:s)?")
_ANY = {"_": "[^,]*", "*": ".*"}
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_SENDABLE = re.compile(r"[\x20-\x23\x25-\x29\x2b-\x7e]*")  # printable, and neither `$` nor `*`
_WORD = re.compile(r"[\w.+-]+", re.ASCII)


class TextBody(msgspec.Struct, frozen=True):
    """`parts` are literals and places in turn; a place is its name, with `:s` where any text may stand."""

    parts: tuple[str, ...]
    pattern: re.Pattern[str]
    names: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it; raises ValueError."""
        parts = _PLACE.split(text)
        for literal in parts[::2]:
            if "{" in literal or "}" in literal or not literal.isprintable() or not literal.isascii():
                raise ValueError(f"{literal!r} is neither printable ASCII nor a place such as {{name}}")
        if "*" in parts[1:-2:2] or ("*" in parts[1::2] and parts[-1]):
            raise ValueError("{*} stands for all to the end, so nothing can follow it")
        names = [name.removesuffix(":s") for name in parts[1::2] if name not in _ANY]
        return cls(tuple(parts), _pattern(parts), tuple(dict.fromkeys(names)))

    def encode(self, values: Mapping[str, int | str]) -> bytes:
        """The characters with the values in their places; raises ValueError."""
        spoken = list(self.parts)
        spoken[1::2] = ["" if p in _ANY else _text(p, values) for p in self.parts[1::2]]
        return "".join(spoken).encode("ascii")

    def match(self, body: bytes) -> dict[str, int | str] | None:
        """The values in their places; integers where it was not asked for text."""
        found = self.pattern.fullmatch(body.decode("latin-1"))
        if not found:
            return None
        free = {p.removesuffix(":s") for p in self.parts[1::2] if p.endswith(":s")}
        return {n: v if n in free else _value(v) for n, v in found.groupdict().items()}


def _pattern(parts: list[str]) -> re.Pattern[str]:
    seen: set[str] = set()
    pattern = ""
    for i, part in enumerate(parts):
        pattern += _place(part, seen) if i % 2 else re.escape(part)
    return re.compile(pattern)


def _place(place: str, seen: set[str]) -> str:
    if place in _ANY:
        return _ANY[place]
    form = _FORM.fullmatch(place)
    if not form:
        raise ValueError(f"{{{place}}} is no place in text: {{name}}, {{name:s}}, {{_}} or {{*}}")
    if form["name"] in seen:
        return f"(?P={form['name']})"
    seen.add(form["name"])
    return f"(?P<{form['name']}>{'.*?' if form['text'] else _WORD.pattern})"


def _text(place: str, values: Mapping[str, int | str]) -> str:
    name = place.removesuffix(":s")
    if name not in values:
        raise ValueError(f"no value for {name}")
    text = str(values[name])
    form = _SENDABLE if place.endswith(":s") else _WORD
    if not form.fullmatch(text) or not text.isascii():
        raise ValueError(f"{name} = {text!r} can't be written in {{{place}}}")
    return text


def _value(text: str) -> int | str:
    return int(text) if _INTEGER.fullmatch(text) else text
