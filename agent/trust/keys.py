"""Ed25519 keys: files, names, signing and checking. cryptography (+11 MB) is imported when it is needed."""

import base64
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from agent.errors import TrustError
from agent.trust.document import ALG, Document, message

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_KID_DIGITS = 16
_PRIVATE_MODE = 0o600


class PublicKey(msgspec.Struct, frozen=True):
    """A key to check with: `key` are its 32 bytes as base64url."""

    key: str
    alg: str = ALG

    @property
    def raw(self) -> bytes:
        """The 32 bytes; raises ValueError."""
        found = base64.urlsafe_b64decode(self.key + "=" * (-len(self.key) % 4))
        if len(found) != 32:
            raise ValueError("an Ed25519 key has 32 bytes")
        return found

    @property
    def kid(self) -> str:
        """Its name: the first 16 hexadecimal digits of the SHA-256 of its bytes."""
        return hashlib.sha256(self.raw).hexdigest()[:_KID_DIGITS]

    def signed(self, content: bytes, sig: bytes) -> bool:
        """Whether `sig` is this key's signature of `content`; raises ValueError for a key that is none."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(sig, content)
        except InvalidSignature:
            return False
        return self.alg == ALG

    def holds(self, document: Document) -> bool:
        """Whether the document's signature is by this key."""
        try:
            sig = base64.urlsafe_b64decode(document.sig + "=" * (-len(document.sig) % 4))
            found = self.signed(message(document.alg, document.kid, document.signed), sig)
        except ValueError:
            return False
        return found and document.alg == self.alg and document.kid == self.kid


class PrivateKey:
    """A key to sign with."""

    def __init__(self, key: "Ed25519PrivateKey") -> None:
        self._key = key

    @property
    def public(self) -> PublicKey:
        """Its other half."""
        return PublicKey(text_of(self._key.public_key().public_bytes_raw()))

    def sign_bytes(self, content: bytes) -> bytes:
        """The 64 bytes of a signature of `content` as it is."""
        return self._key.sign(content)

    def sign(self, signed: dict[str, Any]) -> dict[str, Any]:
        """The signed document; raises ValueError for what has no canonical JSON."""
        kid = self.public.kid
        sig = self._key.sign(message(ALG, kid, signed))
        return {"alg": ALG, "kid": kid, "sig": text_of(sig), "signed": signed}

    def write(self, file: Path) -> None:
        """Write it as PKCS 8 in PEM, readable by its owner alone, and its other half as FILE.pub.

        Raises TrustError when one of them is there already or can't be written.
        """
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            NoEncryption,
            PrivateFormat,
            PublicFormat,
        )

        private = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        _create(file, private, _PRIVATE_MODE)
        _create(public_file(file), public, 0o644)


def public_file(file: Path) -> Path:
    """Where the public half of the key in `file` lies."""
    return file.with_name(f"{file.name}.pub")


def text_of(content: bytes) -> str:
    """base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def new_key() -> PrivateKey:
    """A new key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return PrivateKey(Ed25519PrivateKey.generate())


def read_private(file: Path) -> PrivateKey:
    """The private key in a file; raises TrustError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    content = _read(file)
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError) as e:
        raise _no_key(file, "private") from e
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(file, "private")
    return PrivateKey(key)


def read_public(file: Path) -> PublicKey:
    """The public key in a file, or that of the private key in it; raises TrustError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    content = _read(file)
    if b"PRIVATE KEY" in content:
        return read_private(file).public
    try:
        key = load_pem_public_key(content)
    except ValueError as e:
        raise _no_key(file, "public") from e
    if not isinstance(key, Ed25519PublicKey):
        raise _no_key(file, "public")
    return PublicKey(text_of(key.public_bytes_raw()))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as e:
        raise TrustError(
            f"cannot be read ({e.strerror})", where=str(file), remedy="name the key's file"
        ) from e


def _no_key(file: Path, half: str) -> TrustError:
    return TrustError(
        f"holds no {half} Ed25519 key in PEM", where=str(file), remedy="make one with `haulwatch keys new`"
    )


def _create(file: Path, content: bytes, mode: int) -> None:
    try:
        fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(fd, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(fd)
    except FileExistsError as e:
        raise TrustError("is there already", where=str(file), remedy="name another file") from e
    except OSError as e:
        raise TrustError(
            f"cannot be written ({e.strerror})", where=str(file), remedy="name another place"
        ) from e
