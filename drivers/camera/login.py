"""The login of HTTP and RTSP: Basic (RFC 7617), Digest (RFC 7616; RFC 2617 as most cameras have it). Pure."""

import base64
import hashlib
import re
from typing import Literal

import msgspec

Login = Literal["any", "digest", "basic"]
_SCHEME = re.compile(r"(?:^|,)\s*(Basic|Digest)(?=\s|$)", re.I)
_FIELD = re.compile(r"(\w+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s,]+))")
_HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Account(msgspec.Struct, frozen=True):
    """A user and the password; `repr` shows neither."""

    user: str
    password: str

    def __repr__(self) -> str:
        return "Account(…)"


class Challenge(msgspec.Struct, frozen=True):
    """What a server asks for; `qop` is "auth" or, as before RFC 2617, empty."""

    scheme: Literal["basic", "digest"]
    realm: str = ""
    nonce: str = ""
    algorithm: str = "MD5"
    qop: str = ""
    opaque: str | None = None


class Request(msgspec.Struct, frozen=True):
    """What is asked for, as it stands in the request's first line."""

    method: str
    uri: str


def challenges(headers: list[str]) -> list[Challenge]:
    """What the values of WWW-Authenticate headers ask for, without what isn't known here."""
    found = []
    for header in headers:
        parts = _SCHEME.split(header)
        found += [_challenge(parts[i], parts[i + 1]) for i in range(1, len(parts) - 1, 2)]
    return [c for c in found if c is not None]


def answer(
    asked: list[Challenge], account: Account, request: Request, cnonce: str, *, login: Login = "any"
) -> str | None:
    """The value of Authorization for the strongest challenge that `login` allows; None when there is none.

    A nonce is used once, so the count is always 1; `cnonce` is the client's own random text.
    """
    allowed = [c for c in asked if login in ("any", c.scheme)]
    ranked = sorted(allowed, key=lambda c: (c.scheme == "digest", c.algorithm.upper().startswith("SHA")))
    if not ranked:
        return None
    challenge = ranked[-1]
    if challenge.scheme == "basic":
        pair = f"{account.user}:{account.password}".encode()
        return "Basic " + base64.b64encode(pair).decode()
    return _digest(challenge, account, request, cnonce)


def fields(value: str) -> dict[str, str]:
    """The parameters of a Digest challenge or answer by their lower-case names."""
    return {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) if quoted else bare
        for name, quoted, bare in _FIELD.findall(value)
    }


def digest_response(
    challenge: Challenge, account: Account, request: Request, cnonce: str, count: str = "00000001"
) -> str:
    """The `response` of RFC 7616, 3.4.1, at a nonce count; KeyError for an unknown algorithm."""
    name = challenge.algorithm.upper()
    make = _HASHES[name.removesuffix("-SESS")]

    def hashed(*parts: str) -> str:
        return make(":".join(parts).encode()).hexdigest()

    secret = hashed(account.user, challenge.realm, account.password)
    if name.endswith("-SESS"):
        secret = hashed(secret, challenge.nonce, cnonce)
    asked = hashed(request.method, request.uri)
    if not challenge.qop:
        return hashed(secret, challenge.nonce, asked)
    return hashed(secret, challenge.nonce, count, cnonce, challenge.qop, asked)


def _challenge(scheme: str, rest: str) -> Challenge | None:
    given = fields(rest)
    if scheme.lower() == "basic":
        return Challenge("basic", given.get("realm", ""))
    offered = [q.strip().lower() for q in given.get("qop", "").split(",") if q.strip()]
    algorithm = given.get("algorithm", "MD5")
    if algorithm.upper().removesuffix("-SESS") not in _HASHES or (offered and "auth" not in offered):
        return None
    qop = "auth" if offered else ""
    return Challenge(
        "digest", given.get("realm", ""), given.get("nonce", ""), algorithm, qop, given.get("opaque")
    )


def _digest(challenge: Challenge, account: Account, request: Request, cnonce: str) -> str:
    quoted = {
        "username": account.user,
        "realm": challenge.realm,
        "nonce": challenge.nonce,
        "uri": request.uri,
        "response": digest_response(challenge, account, request, cnonce),
    }
    if challenge.opaque is not None:
        quoted["opaque"] = challenge.opaque
    if challenge.qop or challenge.algorithm.upper().endswith("-SESS"):
        quoted["cnonce"] = cnonce
    bare = {"algorithm": challenge.algorithm}
    if challenge.qop:
        bare |= {"qop": challenge.qop, "nc": "00000001"}
    parts = [f'{k}="{_escaped(v)}"' for k, v in quoted.items()] + [f"{k}={v}" for k, v in bare.items()]
    return "Digest " + ", ".join(parts)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
