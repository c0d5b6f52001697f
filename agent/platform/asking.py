"""A command to one vehicle, and its replies until the last one."""

import queue
import secrets
from collections.abc import Iterator
from typing import Any

import msgspec

from agent.platform.client import Client, Delivery
from agent.uplink.access import Access
from drivers.clock import Clock

LAST = ("done", "failed", "rejected", "expired")
_PREFIX = "haulwatch/v1"


class Command(msgspec.Struct, frozen=True):
    """For whom (FLEET/VEHICLE), what, and the whole payload; ids are chosen at random."""

    vehicle: str
    name: str
    id: str
    payload: bytes

    @property
    def topic(self) -> str:
        """Where it goes."""
        return f"{_PREFIX}/{self.vehicle}/cmd/{self.name}/{self.id}"


def new_id() -> str:
    """An id that nobody has used."""
    return f"c-{secrets.token_hex(6)}"


def ask(access: Access, command: Command, clock: Clock, timeout_s: float) -> Iterator[dict[str, Any]]:
    """Send it and give each reply (the message's data) as it comes, to the last or until the time is over.

    Raises PlatformMissing. It subscribes before it sends, under a session of its own that ends with it.
    """
    replies: queue.Queue[bytes] = queue.Queue()

    def take(delivery: Delivery) -> None:
        replies.put(delivery.payload)

    own = msgspec.structs.replace(access, client_id=f"{access.client_id}-{command.id}")
    client = Client(own, (f"{command.topic}/reply",), take, lasting=False)
    client.start()
    try:
        client.publish(command.topic, command.payload)
        yield from _replies(replies, clock, timeout_s)
    finally:
        client.stop()


def _replies(replies: "queue.Queue[bytes]", clock: Clock, timeout_s: float) -> Iterator[dict[str, Any]]:
    end = clock.mono_ns() + round(timeout_s * 1e9)
    while (left := end - clock.mono_ns()) > 0:
        try:
            payload = replies.get(timeout=left / 1e9)
        except queue.Empty:
            return
        data = _data(payload)
        yield data
        if data.get("state") in LAST:
            return


def _data(payload: bytes) -> dict[str, Any]:
    try:
        body: dict[str, Any] = msgspec.json.decode(payload, type=dict[str, Any])
        data = body.get("data")
    except (msgspec.MsgspecError, RecursionError):
        data = None
    return data if isinstance(data, dict) else {"state": None, "detail": "the reply is no message"}
