"""What the unit signs and seals: heads of the chain, evidence, objections, changes of key, who looked."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from agent.messages.parts import Count, Data, Event, Part, Seconds, Sha256, Us, Word

Kid = Annotated[str, Meta(pattern="^[0-9a-f]{16}$", description="A key's name: 16 digits of its SHA-256.")]
Key = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{43}$", description="32 bytes as base64url.")]
Signature = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{86}$", description="64 bytes as base64url.")]
AnchorWhy = Literal["begun", "daily", "sealed", "disputed", "rotated", "stopped"]


class Device(Part, frozen=True, kw_only=True):
    """The unit's own key."""

    kid: Kid
    key: Key
    alg: Literal["Ed25519"]


class Head(Part, frozen=True, kw_only=True):
    """What an anchor signs: the hash of the newest chained record, and how many each chained stream has.

    `utc_us`: microseconds since 1970, null when not known.
    """

    format: Literal["haulwatch chain anchor 1"]
    vehicle: Word
    generation: Word
    head: Sha256
    counts: dict[str, Count]
    boot: Word
    mono_us: Us
    utc_us: int | None
    clock: Literal["gnss", "ntp", "rtc", "unsynced"]


class Rotation(Part, frozen=True, kw_only=True):
    """What the old key signs: the `new` one takes its place."""

    format: Literal["haulwatch device key 1"]
    vehicle: Word
    old: Kid
    new: Kid
    key: Key
    time: Word


class Objection(Part, frozen=True, kw_only=True):
    """What who objects signs: `event` is the id of a record, `hash` its hash."""

    format: Literal["haulwatch objection 1"]
    event: Word
    hash: Sha256
    reason: Annotated[str, Meta(min_length=1, max_length=2000)]
    by: Word
    time: Word


class _Signed(Data, frozen=True, kw_only=True):
    """`sig` is over the canonical JSON (RFC 8785) of `statement`."""

    alg: Literal["Ed25519"]
    kid: Kid
    sig: Signature


class ChainAnchor(_Signed, frozen=True, kw_only=True):
    """The unit signed the head of its chain of records; keep it, with the moment of its receipt.

    `key` is the signer's; what the anchor covers may be let go by the unit once every platform has it.
    """

    why: AnchorWhy
    statement: Head
    key: Key | UnsetType = UNSET


class KeyRotated(_Signed, frozen=True, kw_only=True):
    """The unit has a new key; the old one signed that."""

    statement: Rotation


class Dispute(_Signed, frozen=True, kw_only=True):
    """Somebody objects to the event with this subject; `key` is the signer's.

    `rules`: those that ran, where an agent did.
    """

    key: Key
    statement: Objection
    rules: str | UnsetType = UNSET


class SealedPicture(Part, frozen=True, kw_only=True):
    """One file of a picture; `leaves`: it may leave the vehicle, of others only the hash does."""

    sha256: Sha256
    kind: Literal["original", "overlay"]
    bytes: Count
    camera: Word
    subject: Word
    at_us: Us
    when: Literal["before", "at", "after"]
    leaves: bool


class Lacking(Part, frozen=True, kw_only=True):
    """A picture that was wanted and did not come about."""

    camera: Word
    reason: str


class SealedFile(Part, frozen=True, kw_only=True):
    """A file of so many records, by its content."""

    sha256: Sha256
    bytes: Count
    records: Count


class Sealed(Event, frozen=True, kw_only=True):
    """What there is about the event of this subject and type that happened at `at_us` of the boot.

    `boot` is the head of the boot's id; `complete`: all pictures came, and its time was over in that boot.
    `identity`: what judged, by versions and hashes.
    """

    event: Word
    boot: Word
    at_us: Us
    around_s: Seconds
    complete: bool
    pictures: tuple[SealedPicture, ...]
    failed: tuple[Lacking, ...]
    observed: SealedFile
    settings: str
    identity: dict[str, str]


class Access(Data, frozen=True, kw_only=True):
    """Somebody exported evidence, or looked at a picture; `by` is an account of the unit."""

    by: Word
    sha256: Sha256


def life() -> dict[str, type[msgspec.Struct]]:
    """The types of the stream `life`."""
    return {
        "chain.anchor": ChainAnchor,
        "device.key.rotated": KeyRotated,
        "evidence.exported": Access,
        "picture.viewed": Access,
    }


def event() -> dict[str, type[msgspec.Struct]]:
    """The types of the stream `event`."""
    return {"evidence.sealed": Sealed, "dispute": Dispute}
