"""What the verifier holds on his own: keys that he trusts, and anchors that were published.

Keys are PEM, or JSON lines in which a unit's birth or a rotation lies. Anchors are JSON lines: messages as a
platform got them, an export of the journal, or the statements themselves.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from agent.errors import TrustError
from agent.evidence.device import public_of
from agent.evidence.segments import Head
from agent.evidence.statement import ANCHOR
from agent.model_evidence import Device
from agent.trust.keys import PublicKey

_REMEDY = "give PEM, or JSON lines of births and anchors as the platform received them"


def trusted_keys(file: Path) -> dict[str, str]:
    """Keys (32 bytes as base64url) by their names; raises TrustError when there is none in the file."""
    if _text(file).lstrip().startswith("-----BEGIN"):
        key = public_of(file)
        return {key.kid: key.key}
    found: dict[str, str] = {}
    for value in _objects(file):
        device = value.get("device", value)
        if isinstance(device, dict) and {"kid", "key"} <= device.keys():
            try:
                key = msgspec.convert(device, Device)
                right = PublicKey(key.key).kid == key.kid
            except (msgspec.ValidationError, ValueError):
                continue
            if right:
                found[key.kid] = key.key
    if not found:
        raise TrustError("holds no key", where=str(file), remedy=_REMEDY)
    return found


def published(file: Path) -> list[Head]:
    """All anchors in the file; raises TrustError when there is none."""
    found = []
    for value in _objects(file):
        statement = value.get("statement", value)
        if isinstance(statement, dict) and statement.get("format") == ANCHOR:
            try:
                found.append(msgspec.convert(statement, Head))
            except msgspec.ValidationError as e:
                raise TrustError(f"an anchor is not understood ({e})", where=str(file), remedy=_REMEDY) from e
    if not found:
        raise TrustError("holds no anchor", where=str(file), remedy=_REMEDY)
    return found


def _objects(file: Path) -> Iterator[dict[str, Any]]:
    """Each line's object; of a message or a record its content."""
    for line in _text(file).splitlines():
        if not line.strip():
            continue
        try:
            value = msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.MsgspecError as e:
            raise TrustError(f"is no JSON line ({e})", where=str(file), remedy=_REMEDY) from e
        inner = value.get("data", value.get("payload", value))
        if isinstance(inner, dict):
            yield inner


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as e:
        raise TrustError(f"cannot be read ({e})", where=str(file), remedy=_REMEDY) from e
