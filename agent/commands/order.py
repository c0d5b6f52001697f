"""From a topic and a payload to a command that is believed, or to the word that rejects it. Pure."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from agent.commands.catalogue import ARGS, UNSIGNED
from agent.trust.document import Refused
from agent.trust.store import TrustStore

NAME = re.compile(r"[a-z_]{1,32}")
ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_FURTHEST_NS = (1 << 63) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Order(msgspec.Struct, frozen=True):
    """A command that is to be carried out. `expires_ns` UTC, None: nobody said; `token` of its signature."""

    name: str
    args: dict[str, Any]
    expires_ns: int | None = None
    token: str = ""


class Judge(msgspec.Struct, frozen=True):
    """By what a command is judged: vehicle (FLEET/VEHICLE), its trust store, and UTC ns, None if unset."""

    vehicle: str
    store: TrustStore
    utc_ns: int | None

    @property
    def now(self) -> datetime | None:
        """The present."""
        return moment_of(self.utc_ns)


class _Unsigned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    args: dict[str, Any] = {}
    expires: Annotated[datetime, Meta(tz=True)] | None = None


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    id: str
    args: dict[str, Any] = {}


class Wrong(Refused):
    """Rejected although the signature holds: `order` is what was meant, as far as it is known."""

    def __init__(self, reason: str, what: str, order: Order) -> None:
        super().__init__(reason, what)
        self.order = order


def read(name: str, command: str, payload: bytes, judge: Judge) -> Order:
    """The command of a payload under this name and id; raises Refused, or Wrong once it is believed."""
    try:
        return _read(name, command, payload, judge)
    except RecursionError as e:
        raise Refused("malformed", "is nested too deeply") from e


def _read(name: str, command: str, payload: bytes, judge: Judge) -> Order:
    if not payload or not _is_signed(payload):
        return _unsigned(name, payload, judge)
    content = judge.store.opened(payload, "command", judge.vehicle, judge.now)
    kid = str(msgspec.json.decode(payload, type=dict[str, Any])["kid"])
    bare = Order(name, {}, ns_of(content.expires), f"{kid}/{content.nonce}")
    try:
        body = msgspec.convert(content.body, _Body)
    except msgspec.ValidationError as e:
        raise Wrong("malformed", f"its body is not understood ({e})", bare) from e
    if (body.name, body.id) != (name, command):
        raise Wrong("malformed", f"is signed for {body.name}/{body.id}, not for {name}/{command}", bare)
    return _checked(msgspec.structs.replace(bare, args=body.args))


def moment_of(utc_ns: int | None) -> datetime | None:
    """The moment of UTC ns."""
    return None if utc_ns is None else _EPOCH + timedelta(microseconds=utc_ns // 1000)


def ns_of(moment: datetime) -> int:
    """UTC ns of a moment; one beyond what 64 bits hold (1677 to 2262) is the nearest that they do."""
    ns = (moment - _EPOCH) // timedelta(microseconds=1) * 1000
    return max(-_FURTHEST_NS, min(ns, _FURTHEST_NS))


def _is_signed(payload: bytes) -> bool:
    """Whether it looks like a signed document; raises Refused for what is no JSON object."""
    try:
        return "signed" in msgspec.json.decode(payload, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError) as e:
        raise Refused("malformed", f"is no JSON object ({e})") from e


def _unsigned(name: str, payload: bytes, judge: Judge) -> Order:
    if name not in ARGS:
        raise Refused("unknown_command", _unknown(name))
    if name not in UNSIGNED:
        raise Refused("unsigned", f"{name} has to be signed by a key in the vehicle's trust store")
    try:
        plain = msgspec.json.decode(payload or b"{}", type=_Unsigned)
    except msgspec.MsgspecError as e:
        raise Refused("malformed", f"is not understood ({e})") from e
    if plain.expires is None:
        return _checked(Order(name, plain.args))
    expires_ns = ns_of(plain.expires)
    if judge.utc_ns is None:
        raise Refused("clock_unset", "cannot be checked: the clock is not set")
    if judge.utc_ns >= expires_ns:
        raise Refused("expired", f"expired at {plain.expires.isoformat()}")
    return _checked(Order(name, plain.args, expires_ns))


def _unknown(name: str) -> str:
    return f"{name} is not known; known are {', '.join(sorted(ARGS))}"


def _checked(order: Order) -> Order:
    if order.name not in ARGS:
        raise Wrong("unknown_command", _unknown(order.name), order)
    try:
        msgspec.convert(order.args, ARGS[order.name])
    except msgspec.ValidationError as e:
        raise Wrong("bad_args", str(e), order) from e
    return order
