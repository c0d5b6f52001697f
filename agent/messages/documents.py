"""What a platform says: signed documents, plain commands, and what a vehicle reports of its configuration."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from agent.messages.envelope import Moment
from agent.messages.parts import Part, Word

CommandName = Annotated[str, Meta(pattern="^[a-z_]{1,32}$")]
CommandId = Annotated[str, Meta(pattern="^[A-Za-z0-9_.-]{1,64}$")]
_Short = Annotated[str, Meta(min_length=1, max_length=200)]


class CommandBody(Part, frozen=True, kw_only=True):
    """What a signed command asks for; name and id are those of its topic."""

    name: CommandName
    id: CommandId
    args: dict[str, Any]


class ConfigBody(Part, frozen=True, kw_only=True):
    """Desired settings, nested as in agent.toml; `version` rises with each document."""

    version: int
    settings: dict[str, Any]


class _Signed(Part, frozen=True, kw_only=True):
    """What is signed, but for purpose and body: for which vehicles, and when it is valid."""

    vehicles: Annotated[tuple[_Short, ...], Meta(min_length=1, max_length=10_000)]
    nonce: Annotated[str, Meta(min_length=16, max_length=64)]
    not_before: Moment
    expires: Moment


class CommandContent(_Signed, frozen=True, kw_only=True):
    """The signed part of a command."""

    purpose: Literal["command"]
    body: CommandBody


class ConfigContent(_Signed, frozen=True, kw_only=True):
    """The signed part of a desired configuration."""

    purpose: Literal["config"]
    body: ConfigBody


class _Signature(Part, frozen=True, kw_only=True):
    """Who signed, and how; docs/platform.md says over which bytes."""

    alg: Literal["Ed25519"]
    kid: _Short
    sig: _Short


class SignedCommand(_Signature, frozen=True, kw_only=True):
    """A command as it goes out; `ping` and `get_status` may also go as a PlainCommand."""

    signed: CommandContent


class SignedConfig(_Signature, frozen=True, kw_only=True):
    """The retained desired configuration."""

    signed: ConfigContent


class PlainCommand(Part, frozen=True, kw_only=True):
    """An unsigned `ping` or `get_status`; the payload may also be empty."""

    args: dict[str, Any] | UnsetType = UNSET
    expires: Moment | UnsetType = UNSET


class ConfigReported(Part, frozen=True, kw_only=True):
    """What became of the desired configuration; `settings` are those that are set remotely now."""

    version: int | None
    state: Literal["applied", "probation", "rejected", "rolled_back"]
    reason: Word | None
    hash: str | None
    settings: dict[str, Any]
    time: Moment | None
