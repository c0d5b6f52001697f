"""What the commands that sign share: for whom, for how long, and where to."""

import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from agent.errors import TrustError

if TYPE_CHECKING:
    from agent.trust.document import Purpose

Command = TypeVar("Command", bound=Callable[..., Any])
PURPOSES = ("command", "permits", "zones", "config", "trust")
_SKEW = timedelta(minutes=2)  # the vehicle's clock may be behind
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True)
class Scope:
    """For whom a document is, and for how long from now, s."""

    vehicles: tuple[str, ...]
    valid_s: float


@dataclass(frozen=True)
class Entitled:
    """Whose a key is, for people, and what it may sign."""

    name: str
    purposes: "tuple[Purpose, ...]"


def scope_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--vehicle` and `--valid-for`, as one parameter `scope`."""

    @wraps(command)
    def with_scope(*args: Any, vehicles: tuple[str, ...], valid_s: float, **rest: Any) -> Any:
        return command(*args, scope=Scope(vehicles, valid_s), **rest)

    whom, long = "FLEET/VEHICLE, or FLEET/*; several times.", "As 90s, 10m, 2h, 30d."
    vehicle = click.option("--vehicle", "vehicles", multiple=True, required=True, help=whom)
    valid = click.option(
        "--valid-for", "valid_s", default="1h", show_default=True, callback=duration, help=long
    )
    return vehicle(valid(with_scope))


def entitled_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--name` and `--purpose`, as one parameter `entitled`."""

    @wraps(command)
    def with_entitled(*args: Any, name: str, purposes: "tuple[Purpose, ...]", **rest: Any) -> Any:
        return command(*args, entitled=Entitled(name, purposes), **rest)

    what = "What it may sign; may be given several times. All unless given."
    named = click.option("--name", default="", help="Whose key it is, for people.")
    purpose = click.option(
        "--purpose", "purposes", type=click.Choice(PURPOSES), multiple=True, default=PURPOSES, help=what
    )
    return named(purpose(with_entitled))


def output_option(command: Command) -> Command:
    """Give a command `-o` (parameter `output`)."""
    return click.option(
        "-o", "--output", type=click.Path(path_type=Path), help="Where to; standard output without it."
    )(command)


def document(key: Path, purpose: "Purpose", body: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """A document signed now with the key in a file; raises TrustError."""
    from agent.trust.keys import read_private

    now = datetime.now(UTC)
    signed = {
        "purpose": purpose,
        "vehicles": list(scope.vehicles),
        "nonce": secrets.token_urlsafe(16),
        "not_before": _text(now - _SKEW),
        "expires": _text(now + timedelta(seconds=scope.valid_s)),
        "body": body,
    }
    try:
        return read_private(key).sign(signed)
    except ValueError as e:
        raise TrustError(f"cannot be signed ({e})", where=purpose, remedy="give plain JSON") from e


def written(made: dict[str, Any], output: Path | None) -> None:
    """Put a document where it is wanted; raises TrustError."""
    import msgspec

    text = msgspec.json.encode(made) + b"\n"
    if output is None:
        sys.stdout.buffer.write(text)
        return
    try:
        output.write_bytes(text)
    except OSError as e:
        raise TrustError(
            f"cannot be written ({e.strerror})", where=str(output), remedy="name another place"
        ) from e


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def duration(ctx: click.Context, param: click.Parameter, value: str) -> float:
    """Seconds of a text such as 90s, 10m, 2h, 30d; a callback of click's."""
    try:
        found = float(value[:-1]) * _UNITS[value[-1:]]
    except (KeyError, ValueError) as e:
        raise click.BadParameter(f"{value!r} is no duration such as 10m", ctx, param) from e
    if not 0 < found <= 366 * _UNITS["d"]:
        raise click.BadParameter("must be above 0 and at most a year", ctx, param)
    return found
