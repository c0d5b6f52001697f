"""The body of a template in binary: bytes in hexadecimal and places for values. Pure."""

import re
from collections.abc import Mapping
from typing import Literal, Self

import msgspec

Order = Literal["big", "little"]
_TOKEN = re.compile(r"\s*(?:\{(?P<place>[^{}]*)\}|(?P<hex>[0-9A-Fa-f]{2}(?:\s*[0-9A-Fa-f]{2})*))\s*")
_FORM = re.compile(r"(?P<name>[a-z]\w*):(?P<kind>[uic])(?P<size>\d+)")
_SKIP = re.compile(r"_:(\d+)")


class Piece(msgspec.Struct, frozen=True):
    """Some bytes: `kind` h literal, u, i, c a value, _ ignored, * the rest."""

    kind: str
    size: int = 0
    name: str = ""
    literal: bytes = b""


class BinaryBody(msgspec.Struct, frozen=True):
    """Pieces in their order; class and identifier come first."""

    pieces: tuple[Piece, ...]
    order: Order

    @classmethod
    def parse(cls, text: str, order: Order) -> Self:
        """Read it; raises ValueError."""
        pieces, at = [], 0
        while at < len(text):
            token = _TOKEN.match(text, at)
            if not token:
                raise ValueError(f"{text[at : at + 12]!r} is neither hexadecimal nor a place")
            at = token.end()
            pieces.append(_piece(token))
        if any(p.kind == "*" for p in pieces[:-1]):
            raise ValueError("{*} stands for all to the end, so nothing can follow it")
        if not pieces or pieces[0].kind != "h":
            raise ValueError("a binary message begins with its class and identifier in hexadecimal")
        return cls(tuple(pieces), order)

    @property
    def names(self) -> tuple[str, ...]:
        """The values it carries."""
        return tuple(dict.fromkeys(p.name for p in self.pieces if p.name))

    def encode(self, values: Mapping[str, int | str]) -> bytes:
        """The bytes with the values in their places; raises ValueError."""
        return b"".join(self._bytes(p, values) for p in self.pieces)

    def match(self, body: bytes) -> dict[str, int | str] | None:
        """The values in their places; None when the bytes are others, fewer or more."""
        found: dict[str, int | str] = {}
        at = 0
        for piece in self.pieces:
            part = body[at : at + piece.size]
            at = len(body) if piece.kind == "*" else at + piece.size
            if len(part) < piece.size or (piece.kind == "h" and part != piece.literal):
                return None
            if piece.name and found.setdefault(piece.name, value := self._value(piece, part)) != value:
                return None
        return found if at == len(body) else None

    def _bytes(self, piece: Piece, values: Mapping[str, int | str]) -> bytes:
        if not piece.name:
            return piece.literal or bytes(piece.size)
        if piece.name not in values:
            raise ValueError(f"no value for {piece.name}")
        value = values[piece.name]
        try:
            if piece.kind == "c":
                return _padded(str(value), piece.size)
            return int(value).to_bytes(piece.size, self.order, signed=piece.kind == "i")
        except (ValueError, OverflowError) as e:
            raise ValueError(f"{piece.name} = {value!r} does not fit in {piece.kind}{piece.size}") from e

    def _value(self, piece: Piece, part: bytes) -> int | str:
        if piece.kind == "c":
            return part.partition(b"\0")[0].decode("latin-1")
        return int.from_bytes(part, self.order, signed=piece.kind == "i")


def _piece(token: re.Match[str]) -> Piece:
    if token["hex"]:
        literal = bytes.fromhex(token["hex"])
        return Piece("h", len(literal), literal=literal)
    place = token["place"]
    if place == "*":
        return Piece("*")
    if skip := _SKIP.fullmatch(place):
        return Piece("_", int(skip[1]))
    form = _FORM.fullmatch(place)
    if not form or (form["kind"] != "c" and form["size"] not in ("1", "2", "4")):
        raise ValueError(
            f"{{{place}}} is no place in binary: {{name:u1}} u2 u4 i1 i2 i4 cN, {{_:N}} or {{*}}"
        )
    return Piece(form["kind"], int(form["size"]), form["name"])


def _padded(text: str, size: int) -> bytes:
    encoded = text.encode("latin-1")
    if len(encoded) > size or b"\0" in encoded:
        raise ValueError(f"{text!r} is longer than {size} bytes")
    return encoded.ljust(size, b"\0")
