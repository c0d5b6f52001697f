"""Public Ed25519 keys as PEM (RFC 8410) and for people, without a library. Pure."""

import base64
import binascii
import hashlib

from agent.errors import TrustError
from agent.model_evidence import Device
from agent.trust.keys import PublicKey, text_of

SPKI = bytes.fromhex("302a300506032b6570032100")  # stands before the 32 bytes of a key


def public_in(content: bytes, where: str) -> Device:
    """The key in PEM; raises TrustError."""
    try:
        lines = content.decode().split("-----BEGIN PUBLIC KEY-----")[1].split("-----END")[0]
        der = base64.b64decode(lines)
    except (IndexError, binascii.Error, UnicodeDecodeError) as e:
        raise _no_key(where) from e
    if len(der) != len(SPKI) + 32 or not der.startswith(SPKI):
        raise _no_key(where)
    public = PublicKey(text_of(der[len(SPKI) :]))
    return Device(public.kid, public.key)


def pem_of(key: str) -> bytes:
    """The PEM of 32 bytes as base64url."""
    text = base64.b64encode(SPKI + PublicKey(key).raw).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n".encode()


def fingerprint(device: Device) -> str:
    """The SHA-256 of a key's 32 bytes in groups of four digits, for people to compare."""
    digits = hashlib.sha256(PublicKey(device.key).raw).hexdigest()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def _no_key(where: str) -> TrustError:
    return TrustError(
        "holds no public Ed25519 key in PEM", where=where, remedy="restore it, or remove both halves"
    )
