"""The trust store: the keys whose word this vehicle takes, in one JSON file that is changed as a whole."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from agent.durable_file import write_durable
from agent.errors import TrustError
from agent.trust.document import ALG, Content, Purpose, Refused, check, parse, understood
from agent.trust.keys import PublicKey

_MODE = 0o644


class Trusted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key in the store: `name` for people, `purposes` what it may sign, `since` when it came in."""

    kid: str
    key: str
    purposes: tuple[Purpose, ...]
    name: Annotated[str, Meta(max_length=100)] = ""
    since: datetime | None = None
    alg: str = ALG

    @property
    def public(self) -> PublicKey:
        """The key itself."""
        return PublicKey(self.key, self.alg)


class TrustStore(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All trusted keys; the file's content."""

    version: int = 1
    keys: tuple[Trusted, ...] = ()

    def with_key(self, added: Trusted) -> "TrustStore":
        """The store with a key, in the place of an earlier entry for it."""
        kept = tuple(k for k in self.keys if k.kid != added.kid)
        return msgspec.structs.replace(self, keys=(*kept, added))

    def without(self, kid: str) -> "TrustStore":
        """The store without a key."""
        return msgspec.structs.replace(self, keys=tuple(k for k in self.keys if k.kid != kid))

    def opened(self, text: bytes, purpose: Purpose, vehicle: str, now: datetime | None) -> Content:
        """The content of a document that a trusted key signed for this purpose and vehicle.

        Raises Refused: malformed, too_large, unknown_key, not_allowed, bad_signature, wrong_purpose,
        wrong_vehicle, clock_unset, not_yet, expired. Whether the nonce came before is for others to know.
        """
        document = parse(text)
        trusted = next((k for k in self.keys if k.kid == document.kid), None)
        if trusted is None:
            raise Refused("unknown_key", f"is signed by {document.kid}, which is not trusted here")
        if purpose not in trusted.purposes:
            raise Refused("not_allowed", f"is signed by {document.kid}, which may not sign {purpose}")
        if not trusted.public.holds(document):
            raise Refused("bad_signature", f"its signature is not by {document.kid}")
        content = understood(document.signed)
        check(content, purpose, vehicle, now)
        return content

    def rotated(self, text: bytes, vehicle: str, now: datetime | None) -> "TrustStore":
        """The store after a document of purpose `trust`; raises Refused."""
        content = self.opened(text, "trust", vehicle, now)
        try:
            change = msgspec.convert(content.body, Rotation)
            right = change.add.public.kid == change.add.kid
        except (msgspec.ValidationError, ValueError) as e:
            raise Refused("malformed", f"its keys are not understood ({e})") from e
        if not right:
            raise Refused("malformed", f"{change.add.kid} is not the name of the key that it brings")
        store = self.with_key(msgspec.structs.replace(change.add, since=now))
        for kid in change.remove:
            store = store.without(kid)
        return store


class Rotation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a document of purpose `trust`: a key comes in, others go."""

    add: Trusted
    remove: tuple[str, ...] = ()


def trusted(key: PublicKey, purposes: tuple[Purpose, ...], name: str, now: datetime) -> Trusted:
    """An entry for a key."""
    return Trusted(key.kid, key.key, purposes, name, now.astimezone(UTC))


def read_store(file: Path) -> TrustStore:
    """The store in a file; empty when there is none. Raises TrustError when it can't be read."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return TrustStore()
    except OSError as e:
        raise TrustError(
            f"cannot be read ({e.strerror})", where=str(file), remedy="check its owner and mode"
        ) from e
    try:
        store = msgspec.json.decode(content, type=TrustStore)
        wrong = [k.kid for k in store.keys if k.public.kid != k.kid]
    except (msgspec.MsgspecError, ValueError) as e:
        raise TrustError(
            f"is no trust store ({e})", where=str(file), remedy="restore it, or trust the keys anew"
        ) from e
    if wrong:
        raise TrustError(f"{wrong[0]} is not the name of its key", where=str(file), remedy="restore it")
    return store


def write_store(file: Path, store: TrustStore) -> None:
    """Put the store into the file, the whole of it or nothing; raises TrustError."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_durable(file, msgspec.json.format(msgspec.json.encode(store)) + b"\n", _MODE)
    except OSError as e:
        raise TrustError(
            f"cannot be written ({e.strerror})", where=str(file), remedy="check its directory's owner"
        ) from e
