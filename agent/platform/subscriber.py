"""A small platform: subscribes to vehicles, takes each message once, and knows what is missing.

For the demo, for tests, and as an example of a consumer: de-duplicate on (source, id), fixes by seq; a gap in
a stream's seqs is a loss unless a `skipped` record of the life stream names it.
"""

import threading
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.errors import PlatformMissing
from agent.platform.ledger import Ledger, Vehicle

_CONNECT_S = 10.0


class Platform:
    """One subscriber in a thread of its own; it comes back by itself when the broker does.

    It speaks MQTT 5, or 3.1.1 where that is refused, and keeps its session over short absences.
    """

    def __init__(
        self, port: int, host: str = "127.0.0.1", pattern: str = "haulwatch/v1/+/+/#", sink: str = "city"
    ) -> None:
        self._host, self._port, self._pattern = host, port, pattern
        self._changed = threading.Condition()
        self._ledger = Ledger(sink)
        self._take: Callable[[str, bytes], None] = lambda _topic, _payload: None
        self._subscriptions = 0
        self._refused = False
        self._client: paho.Client | None = None

    def start(self, timeout_s: float = 20.0) -> "Platform":
        """Connect and subscribe; raises PlatformMissing when that is not done in `timeout_s`."""
        for protocol in (MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311):
            self._refused = False
            self._client = self._build(protocol)
            try:
                self._client.connect(self._host, self._port, keepalive=10)
            except OSError as e:
                raise self._missing(str(e)) from e
            self._client.loop_start()
            with self._changed:
                self._changed.wait_for(lambda: self._subscriptions or self._refused, timeout_s)
                if self._subscriptions:
                    return self
            self.stop()
            if not self._refused:
                break
        raise self._missing("does not let us subscribe")

    def stop(self) -> None:
        """Disconnect and end the thread."""
        if self._client:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None

    def __enter__(self) -> "Platform":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def snapshot(self) -> dict[str, Vehicle]:
        """What is known of each vehicle, by `fleet/vehicle`; a copy."""
        with self._changed:
            return self._ledger.copy()

    def wait_for(self, predicate: Callable[[dict[str, Vehicle]], bool], timeout_s: float = 30.0) -> bool:
        """Wait until `predicate` holds for what is known, asked again at each message; False at time-out."""
        with self._changed:
            return self._changed.wait_for(lambda: predicate(self._ledger.vehicles), timeout_s)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Say something to the vehicles; only while started."""
        if self._client:
            self._client.publish(topic, payload, qos=1, retain=retain)

    def listen(self, take: Callable[[str, bytes], None]) -> None:
        """Have every message as it came, before it is read; called in the client's thread."""
        self._take = take

    @property
    def subscriptions(self) -> int:
        """How often it has subscribed: once, and again after each return of the broker."""
        return self._subscriptions

    def await_subscriptions(self, count: int, timeout_s: float = 30.0) -> bool:
        """Wait until it has subscribed `count` times; False at time-out."""
        with self._changed:
            return self._changed.wait_for(lambda: self._subscriptions >= count, timeout_s)

    def _missing(self, what: str) -> PlatformMissing:
        return PlatformMissing(
            what, where=f"mqtt://{self._host}:{self._port}", remedy="is the broker running?"
        )

    def _build(self, protocol: MQTTProtocolVersion) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id="haulwatch-platform",
            clean_session=False if protocol == MQTTProtocolVersion.MQTTv311 else None,
            protocol=protocol,
        )
        client.reconnect_delay_set(1, 2)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def _on_connect(self, client: paho.Client, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        if code.is_failure:
            with self._changed:
                self._refused = True
                self._changed.notify_all()
            client.disconnect()
        else:
            client.subscribe(self._pattern, qos=1)

    def _on_subscribe(self, *_: Any) -> None:
        with self._changed:
            self._subscriptions += 1
            self._changed.notify_all()

    def _on_message(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        self._take(message.topic, bytes(message.payload))
        with self._changed:
            self._ledger.take(message.topic, bytes(message.payload))
            self._changed.notify_all()
