"""The public keys that a unit has signed with, as its journal knows them, and how one led to the next."""

from pathlib import Path

import msgspec

from agent.errors import TrustError
from agent.evidence.device import public_of
from agent.evidence.pem import pem_of
from agent.model_evidence import Device, Signed
from agent.trust.keys import PublicKey, public_file
from buffer.survey import Survey


class _Born(msgspec.Struct):
    device: Device | None = None


class _Anchored(msgspec.Struct):
    kid: str
    key: str | None = None


class Keyring:
    """Keys by their name (32 bytes as base64url), and signed rotations in their order."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        self.turns: list[Signed] = []

    def add(self, device: Device) -> None:
        """Take a key in."""
        self.keys[device.kid] = device.key

    def device(self, key: Path) -> str:
        """The name of the device's present key, which is taken in; raises TrustError."""
        found = public_of(public_file(key))
        self.add(found)
        return found.kid

    def pem(self, kid: str) -> bytes:
        """A key as PEM, SubjectPublicKeyInfo (RFC 8410), as openssl writes it."""
        return pem_of(self.keys[kid])


def keyring(survey: Survey) -> Keyring:
    """All keys in births, rotations and anchors of the journal; damaged records count as none."""
    ring = Keyring()
    for record in survey.stream("life"):
        if record.type not in ("birth", "device.key.rotated", "chain.anchor") or not record.intact():
            continue
        try:
            if record.type == "chain.anchor":
                _anchored(ring, msgspec.json.decode(record.payload, type=_Anchored))
            elif record.type == "birth":
                born = msgspec.json.decode(record.payload, type=_Born)
                if born.device is not None:
                    ring.add(born.device)
            else:
                _turn(ring, msgspec.json.decode(record.payload, type=Signed))
        except msgspec.MsgspecError as e:
            raise TrustError(
                f"is not understood ({e})", where=survey.identity(record), remedy="look at it in the journal"
            ) from e
    return ring


def _anchored(ring: Keyring, anchor: _Anchored) -> None:
    """An anchor brings its signer's key, since the birth that named it may have been let go."""
    if anchor.key is not None and anchor.kid not in ring.keys and _named(anchor.key) == anchor.kid:
        ring.add(Device(anchor.kid, anchor.key))


def _named(key: str) -> str | None:
    """The name of a key; None for what is none."""
    try:
        return PublicKey(key).kid
    except ValueError:
        return None


def _turn(ring: Keyring, turn: Signed) -> None:
    ring.add(Device(str(turn.statement.get("new")), str(turn.statement.get("key"))))
    if turn not in ring.turns:
        ring.turns.append(turn)
