"""A small platform in memory: subscribes to vehicles, takes each message once, and knows what is missing.

For the demo and for tests; `agent.platform.consumer` is the one that keeps what it gets.
"""

from collections.abc import Callable

from agent.config import Sink, Unit
from agent.platform.client import Client, Delivery
from agent.platform.ledger import Ledger, Vehicle
from agent.uplink.access import read_access

_NOBODY = Unit("platform", "platform")


class Platform:
    """One subscriber in a thread of its own; it comes back by itself when the broker does."""

    def __init__(
        self, port: int, host: str = "127.0.0.1", pattern: str = "haulwatch/v1/+/+/#", sink: str = "city"
    ) -> None:
        known = Sink(sink, f"mqtt://{host}:{port}", client_id="haulwatch-platform")
        self._ledger = Ledger(sink)
        self._listener: Callable[[str, bytes], None] = lambda _topic, _payload: None
        self._client = Client(read_access(known, _NOBODY, None), (pattern,), self._on_message)

    def start(self, timeout_s: float = 20.0) -> "Platform":
        """Connect and subscribe; raises PlatformMissing when that is not done in `timeout_s`."""
        self._client.start(timeout_s)
        return self

    def stop(self) -> None:
        """Disconnect and end the thread."""
        self._client.stop()

    def __enter__(self) -> "Platform":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def snapshot(self) -> dict[str, Vehicle]:
        """What is known of each vehicle, by `fleet/vehicle`; a copy."""
        with self._client.changed:
            return self._ledger.copy()

    @property
    def invalid(self) -> list[str]:
        """What of the newest messages was not as the schemas have it, with its topic."""
        with self._client.changed:
            return list(self._ledger.invalid)

    def wait_for(self, predicate: Callable[[dict[str, Vehicle]], bool], timeout_s: float = 30.0) -> bool:
        """Wait until `predicate` holds for what is known, asked again at each message; False at time-out."""
        with self._client.changed:
            return self._client.changed.wait_for(lambda: predicate(self._ledger.vehicles), timeout_s)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Say something to the vehicles; only while started."""
        self._client.publish(topic, payload, retain=retain)

    def listen(self, take: Callable[[str, bytes], None]) -> None:
        """Have every message as it came, before it is read; called in the client's thread."""
        self._listener = take

    @property
    def subscriptions(self) -> int:
        """How often it has subscribed: once, and again after each return of the broker."""
        return self._client.subscriptions

    def await_subscriptions(self, count: int, timeout_s: float = 30.0) -> bool:
        """Wait until it has subscribed `count` times; False at time-out."""
        return self._client.await_subscriptions(count, timeout_s)

    def _on_message(self, delivery: Delivery) -> None:
        self._listener(delivery.topic, delivery.payload)
        with self._client.changed:
            self._ledger.take(delivery.topic, delivery.payload)
            self._client.changed.notify_all()
