"""What the verifier holds on his own: keys that he trusts, and anchors that were published.

Keys are PEM, or JSON lines in which a unit's birth or a rotation lies. Anchors are JSON lines: messages as a
platform got them, an export of the journal, or the statements themselves.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from agent.errors import TrustError
from agent.evidence.pem import public_in
from agent.evidence.segments import Head
from agent.evidence.signers import Trust, Trusted
from agent.evidence.statement import ANCHOR, ROTATION, is_by
from agent.model_evidence import Device, Signed
from agent.trust.keys import PublicKey

_SHOWN = {"kid", "key", "alg", "fingerprint", "public", "rotated"}  # by `keys device`; an objection has more
_REMEDY = "give PEM, or JSON lines of births and anchors as the platform received them"


class _Turn(msgspec.Struct):
    format: str
    new: str
    key: str


def trusted_keys(file: Path) -> Trust:
    """Keys by their names, each for the vehicle whose message it came in; raises TrustError without any.

    Of a vehicle's births the first one counts: a later key is trusted only when an earlier one signed that.
    """
    if _text(file).lstrip().startswith("-----BEGIN"):
        return _pem(file)
    found: Trust = {}
    for value, vehicle in _objects(file):
        mine = {kid for kid, known in found.items() if known.vehicle == vehicle}
        new = _key(value) or (_successor(value, found, mine) if mine else _key(value.get("device")))
        if new is not None:
            found[new.kid] = Trusted(new.key, vehicle)
    if not found:
        raise TrustError("holds no key", where=str(file), remedy=_REMEDY)
    return found


def _pem(file: Path) -> Trust:
    """All keys of the file, which may hold those of a whole fleet, one behind the other."""
    blocks = _text(file).split("-----BEGIN")[1:]
    try:
        keys = [public_in(f"-----BEGIN{block}".encode(), str(file)) for block in blocks]
    except TrustError as e:
        raise TrustError(e.what, where=e.where, remedy=_REMEDY) from e
    return {key.kid: Trusted(key.key) for key in keys}


def _key(value: object) -> Device | None:
    """A key as a birth names it, or as `keys device` prints it."""
    if not isinstance(value, dict) or not {"kid", "key"} <= value.keys() <= _SHOWN:
        return None
    try:
        key = msgspec.convert(value, Device)
        return key if PublicKey(key.key).kid == key.kid else None
    except (msgspec.ValidationError, ValueError):
        return None


def _successor(value: dict[str, Any], known: Trust, mine: set[str]) -> Device | None:
    """The key that one of `mine` signed to be its successor."""
    try:
        signed = msgspec.convert(value, Signed)
        turn = msgspec.convert(signed.statement, _Turn)
        right = signed.kid in mine and turn.format == ROTATION and PublicKey(turn.key).kid == turn.new
    except (msgspec.ValidationError, ValueError):
        return None
    return Device(turn.new, turn.key) if right and is_by(signed, known[signed.kid].key) else None


def published(file: Path) -> list[Head]:
    """All anchors in the file, but those of one vehicle for another; raises TrustError without any."""
    found = []
    for value, vehicle in _objects(file):
        statement = value.get("statement", value)
        if not isinstance(statement, dict) or statement.get("format") != ANCHOR:
            continue
        if vehicle not in (None, statement.get("vehicle")):
            continue
        try:
            found.append(msgspec.convert(statement, Head))
        except msgspec.ValidationError as e:
            raise TrustError(f"an anchor is not understood ({e})", where=str(file), remedy=_REMEDY) from e
    if not found:
        raise TrustError("holds no anchor", where=str(file), remedy=_REMEDY)
    return found


def _objects(file: Path) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Each line's object, of a message or a record its content; and the vehicle that a message is from."""
    for line in _text(file).splitlines():
        if not line.strip():
            continue
        try:
            value = msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.MsgspecError as e:
            raise TrustError(f"is no JSON line ({e})", where=str(file), remedy=_REMEDY) from e
        inner, source = value.get("data", value.get("payload", value)), value.get("source")
        if isinstance(inner, dict):
            yield inner, str(source).removeprefix("haulwatch/") if source else None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        why = e.strerror if isinstance(e, OSError) else "no text"
        raise TrustError(f"cannot be read ({why})", where=str(file), remedy=_REMEDY) from e
