"""A signed document: who says it, to which vehicles, for how long, and the bytes that are signed. Pure.

    {"alg": "Ed25519", "kid": KID, "sig": BASE64URL, "signed": {"purpose", "vehicles", "nonce", "not_before",
    "expires", "body"}}

Signed are the domain `haulwatch signed 1`, a zero byte, and the canonical JSON (RFC 8785) of `alg`, `kid` and
`signed`: so neither the algorithm nor the key can be exchanged, and no other document has the same bytes.
`alg` leaves room for SM2 beside Ed25519 (RFC 8032).
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
import rfc8785
from msgspec import Meta

Purpose = Literal["command", "permits", "zones", "config", "trust"]
ALG = "Ed25519"
DOMAIN = b"haulwatch signed 1\0"
LARGEST = 4 * 1024 * 1024  # bytes of a document
_Short = Annotated[str, Meta(min_length=1, max_length=200)]
_Moment = Annotated[datetime, Meta(tz=True)]


class Refused(Exception):  # noqa: N818 - reads as what happened
    """A document that is not taken; `reason` is one word, the text says what."""

    def __init__(self, reason: str, what: str) -> None:
        super().__init__(what)
        self.reason = reason


class Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is signed. `vehicles` are FLEET/VEHICLE, or FLEET/* for all of a fleet."""

    purpose: Purpose
    vehicles: Annotated[tuple[_Short, ...], Meta(min_length=1, max_length=10_000)]
    nonce: Annotated[str, Meta(min_length=16, max_length=64)]
    not_before: _Moment
    expires: _Moment
    body: dict[str, Any]

    def meant_for(self, vehicle: str) -> bool:
        """Whether FLEET/VEHICLE is among the vehicles."""
        return vehicle in self.vehicles or f"{vehicle.partition('/')[0]}/*" in self.vehicles


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document as it comes: `signed` is kept as it was written, to be checked before it is understood."""

    alg: str
    kid: _Short
    sig: _Short
    signed: dict[str, Any]


def message(alg: str, kid: str, signed: dict[str, Any]) -> bytes:
    """The bytes that are signed; raises ValueError for what has no canonical JSON."""
    try:
        return DOMAIN + rfc8785.dumps({"alg": alg, "kid": kid, "signed": signed})
    except rfc8785.CanonicalizationError as e:
        raise ValueError(str(e)) from e


def parse(text: bytes) -> Document:
    """The document; raises Refused."""
    if len(text) > LARGEST:
        raise Refused("too_large", f"has {len(text)} bytes, at most {LARGEST}")
    try:
        return msgspec.json.decode(text, type=Document)
    except msgspec.MsgspecError as e:
        raise Refused("malformed", f"is no signed document ({e})") from e


def understood(signed: dict[str, Any]) -> Content:
    """The content of a document whose signature holds; raises Refused."""
    try:
        return msgspec.convert(signed, Content)
    except msgspec.ValidationError as e:
        raise Refused("malformed", f"its signed part is not understood ({e})") from e


def check(content: Content, purpose: Purpose, vehicle: str, now: datetime | None) -> None:
    """Raise Refused unless it is for this purpose and vehicle, and valid at `now` (None: nobody knows)."""
    if content.purpose != purpose:
        raise Refused("wrong_purpose", f"is signed for {content.purpose}, not {purpose}")
    if not content.meant_for(vehicle):
        raise Refused("wrong_vehicle", f"is not meant for {vehicle}")
    if now is None:
        raise Refused("clock_unset", "cannot be checked: the clock is not set")
    if now < content.not_before:
        raise Refused("not_yet", f"is valid from {content.not_before.isoformat()}")
    if now >= content.expires:
        raise Refused("expired", f"expired at {content.expires.isoformat()}")
