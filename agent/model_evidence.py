"""What the evidence chain observes and wants; re-exported by `agent.model` as far as rules need it."""

from typing import Any, Literal

import msgspec

AnchorWhy = Literal["begun", "daily", "sealed", "disputed", "rotated", "stopped"]
When = Literal["before", "at", "after"]


class Device(msgspec.Struct, frozen=True):
    """The unit's own key: its name, and its 32 public bytes as base64url."""

    kid: str
    key: str
    alg: str = "Ed25519"


class Signed(msgspec.Struct, frozen=True):
    """A statement (docs/evidence.md) and its signature, base64url, by the key `kid`."""

    statement: dict[str, Any]
    kid: str
    sig: str
    alg: str = "Ed25519"


class Attested(msgspec.Struct, frozen=True):
    """The device signed the head of the chain."""

    mono_ns: int
    why: AnchorWhy
    signed: Signed


class KeyTurned(msgspec.Struct, frozen=True):
    """The device has a new key; the old one signed that."""

    mono_ns: int
    signed: Signed


class SealedFile(msgspec.Struct, frozen=True):
    """A file by its content: SHA-256 in hex, size in bytes, and how many records lie in it."""

    sha256: str
    bytes: int
    records: int


class SealedPicture(msgspec.Struct, frozen=True):
    """One file of a picture, and when its frame was taken relative to the event.

    `leaves`: it may leave the vehicle, and so is in a bundle; of others only the hash is.
    """

    sha256: str
    kind: Literal["original", "overlay"]
    bytes: int
    camera: str
    subject: str
    at_us: int
    when: When
    leaves: bool


class Lacking(msgspec.Struct, frozen=True):
    """A picture that was wanted and did not come about."""

    camera: str
    reason: str


class Gathered(msgspec.Struct, frozen=True):
    """What there is about an event (`subject`, its type, `at_ns`): files on disk, fsynced, and what lacks."""

    mono_ns: int
    subject: str
    event: str
    at_ns: int
    observed: SealedFile
    pictures: tuple[SealedPicture, ...]
    failed: tuple[Lacking, ...]


class Accessed(msgspec.Struct, frozen=True):
    """Somebody (`by`, an account of the unit) exported evidence or looked at a picture."""

    mono_ns: int
    what: Literal["evidence.exported", "picture.viewed"]
    subject: str
    by: str
    sha256: str


class Disputed(msgspec.Struct, frozen=True):
    """A signed objection to the event with this subject; `key` are the signer's 32 bytes as base64url."""

    mono_ns: int
    subject: str
    signed: Signed
    key: str


class Attest(msgspec.Struct, frozen=True):
    """Have the head of the chain signed."""

    why: AnchorWhy


class Seal(msgspec.Struct, frozen=True):
    """Gather what there is about an event at `at_ns` of the boot whose id begins with `boot`."""

    subject: str
    event: str
    boot: str
    at_ns: int
    around_s: float


Proven = Attested | KeyTurned | Gathered | Accessed | Disputed
