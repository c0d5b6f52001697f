"""From bytes to a message that is what it should be, or the reason why it is not."""

from typing import Any

import msgspec

from agent.messages.envelope import Envelope, Head
from agent.messages.registry import Kind, kinds


class Invalid(ValueError):  # noqa: N818 - reads as what happened
    """A message that is not as its type says; the text says where and why."""


class Message(msgspec.Struct, frozen=True):
    """A message in order: its envelope and its data, both typed."""

    head: Head
    data: msgspec.Struct


class _Seen(msgspec.Struct):
    type: str


class Reader:
    """Reads messages with an envelope; keeps a decoder for each type."""

    def __init__(self) -> None:
        self._kinds = kinds()
        self._heads = {k.envelope: msgspec.json.Decoder(k.envelope) for k in self._kinds.values()}  # type: dict[type[Head], msgspec.json.Decoder[Head]]
        self._bodies = {k.data: msgspec.json.Decoder(k.data) for k in self._kinds.values()}
        self._seen = msgspec.json.Decoder(_Seen)

    def read(self, payload: bytes) -> Message:
        """The message; raises Invalid."""
        try:
            name = self._seen.decode(payload).type
        except (msgspec.MsgspecError, RecursionError) as e:
            raise Invalid(f"no message: {e}") from e
        kind = self._kinds.get(name)
        if kind is None:
            raise Invalid(f"unknown type {name}")
        try:
            head = self._heads[kind.envelope].decode(payload)
            data = self._bodies[kind.data].decode(head.data)
        except (msgspec.MsgspecError, RecursionError) as e:
            raise Invalid(f"{name}: {e}") from e
        _agree(name, kind, head, data)
        return Message(head, data)

    def body(self, name: str, payload: bytes) -> msgspec.Struct:
        """The data of a record of type `name`; raises Invalid."""
        if name not in self._kinds:
            raise Invalid(f"unknown type {name}")
        try:
            return self._bodies[self._kinds[name].data].decode(payload)
        except msgspec.MsgspecError as e:
            raise Invalid(f"{name}: {e}") from e


def _agree(name: str, kind: Kind, head: Head, data: Any) -> None:
    """What stands in two places is the same in both."""
    if not isinstance(head, Envelope):
        return
    if head.stream != kind.stream:
        raise Invalid(f"{name}: is in stream {head.stream}, not {kind.stream}")
    if head.id != f"{head.generation}/{head.stream}/{head.seq}":
        raise Invalid(f"{name}: its id is not generation/stream/seq")
    if head.severity != getattr(data, "severity", "info"):
        raise Invalid(f"{name}: severity differs between envelope and data")
