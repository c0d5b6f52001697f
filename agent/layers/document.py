"""A layer's file: plain JSON, or a signed document around it (docs/platform.md)."""

from pathlib import Path
from typing import Any, Literal

import msgspec

from agent.errors import ConfigError, TrustError
from agent.trust.document import Refused, check, parse, understood
from agent.trust.store import read_store

LARGEST = 8_000_000  # bytes
MOST_TOLD = 20
_MEMBERS = {"alg", "kid", "sig", "signed"}
Purpose = Literal["zones", "permits"]


class Voucher(msgspec.Struct, frozen=True):
    """By whom documents may be signed, and for whom: the trust store's file, FLEET/VEHICLE, its plate.

    Without a store the signature was checked before; `required`: what is not signed is refused.
    """

    store: Path | None
    vehicle: str
    plate: str | None = None
    required: bool = False


class Opened(msgspec.Struct, frozen=True):
    """What stands in a file; of a signed one also when it is good (s since 1970, UTC) and who signed it."""

    body: Any
    begins: int | None = None
    ends: int | None = None
    key: str | None = None


class Problem(msgspec.Struct, frozen=True):
    """What is wrong, where (`feature 3`, `permit 0`; None: the file), and what to do about it."""

    place: str | None
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}" if self.place else self.what


class Wrong(Exception):  # noqa: N818 - reads as what happened
    """One thing that is wrong with a feature or a permit."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


def read(path: Path, purpose: Purpose, voucher: Voucher | None) -> Opened:
    """The content of a file; raises ConfigError. A signature is checked here, its dates by the rules.

    So a vehicle that does not know the time yet reads its files all the same. Without a `voucher` a document
    is only looked at, whoever signed it.
    """
    raw = _bytes(path)
    body = decoded(raw, path)
    if not (isinstance(body, dict) and body.keys() == _MEMBERS):
        if voucher is not None and voucher.required:
            raise ConfigError(
                "is not signed", where=str(path), remedy=f"take a document signed for {purpose}"
            )
        return Opened(body)
    try:
        content = understood(parse(raw).signed)
        vehicle = content.vehicles[0] if voucher is None else voucher.vehicle
        check(content, purpose, vehicle, content.not_before)
        if voucher is not None and voucher.store is not None:
            read_store(voucher.store).opened(raw, purpose, vehicle, content.not_before)
    except (Refused, TrustError) as e:
        remedy = "have it signed by a key of `haulwatch keys show`, for this vehicle"
        raise ConfigError(f"{e}", where=str(path), remedy=remedy) from e
    begins, ends = round(content.not_before.timestamp()), round(content.expires.timestamp())
    return Opened(content.body, begins, ends, body["kid"])


def decoded(raw: bytes, path: Path) -> Any:
    """JSON; raises ConfigError."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError) as e:
        raise ConfigError(f"is not JSON ({e})", where=str(path), remedy="correct the file") from e


def refuse(path: Path, problems: tuple[Problem, ...]) -> None:
    """Raise ConfigError when there is a problem: the first one, and how many more."""
    if problems:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ConfigError(f"{first}{more}", where=str(path), remedy=first.remedy)


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise ConfigError(f"is over {LARGEST} bytes", where=str(path), remedy="split it, or simplify it")
        return path.read_bytes()
    except OSError as e:
        raise ConfigError(
            f"cannot be read ({e.strerror})", where=str(path), remedy="name the right file"
        ) from e
