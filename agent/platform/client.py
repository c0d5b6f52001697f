"""A platform's connection to its broker: MQTT 5, or 3.1.1 where that is refused, with a lasting session.

It comes back by itself when the broker does. With `manual` a message is acknowledged only when whoever takes
it says so, and only on the connection that it came on: the broker repeats the others.
"""

import threading
from collections.abc import Callable
from typing import Any

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from agent.errors import PlatformMissing
from agent.uplink.access import Access
from agent.uplink.dial import Dialler
from agent.uplink.mqtt import V5, V311, Version
from agent.uplink.reasons import LinkFault, refusal
from drivers.clock import SystemClock

_SESSION_S = 7 * 86_400  # for so long the broker keeps what comes while we are away
_IN_FLIGHT = 500  # unacknowledged messages that we take at once


class Delivery(msgspec.Struct, frozen=True):
    """A message as it came; `mid` and `connection` are for its acknowledgement."""

    topic: str
    payload: bytes
    qos: int = 0
    mid: int = 0
    connection: int = 0


Take = Callable[[Delivery], None]


class Client:
    """One MQTT client; `take` is called in paho's thread, `changed` is notified at each change."""

    def __init__(
        self,
        access: Access,
        patterns: tuple[str, ...],
        take: Take,
        *,
        manual: bool = False,
        lasting: bool = True,
    ) -> None:
        self._access, self._patterns, self._take = access, patterns, take
        self._manual, self._lasting = manual, lasting
        self.changed = threading.Condition()
        self.subscriptions = self.connection = 0
        self.protocol: Version | None = None
        self._refused: str | None = None
        self._client: paho.Client | None = None

    def start(self, timeout_s: float = 20.0) -> None:
        """Connect and subscribe; raises PlatformMissing when that is not done in `timeout_s`."""
        self.protocol = self._spoken()
        self._client = self._build(MQTTProtocolVersion(self.protocol))
        self._connect(self._client)
        self._client.loop_start()
        with self.changed:
            self.changed.wait_for(lambda: self.subscriptions or self._refused, timeout_s)
            if self.subscriptions:
                return
        self.stop()
        raise self._missing(self._refused or "does not let us subscribe")

    def _spoken(self) -> Version:
        """The version that the broker speaks, asked under another name, so that our session stays."""
        a = self._access
        asking = Access(a.host, a.port, f"{a.client_id}-asks", a.keepalive_s, a.username, a.password, a.tls)
        try:
            connection, _ = Dialler(SystemClock(0), threading.Event(), lambda: None).dial(asking, None)
        except LinkFault as e:
            raise self._missing(str(e)) from e
        connection.leave()
        return connection.version

    def stop(self) -> None:
        """Disconnect and end the thread."""
        if self._client:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send at QoS 1; only while started."""
        if self._client:
            self._client.publish(topic, payload, qos=1, retain=retain)

    def acknowledge(self, delivery: Delivery) -> None:
        """PUBACK for a message of this connection; one of an earlier connection comes again anyway."""
        if self._client and delivery.qos and delivery.connection == self.connection:
            self._client.ack(delivery.mid, delivery.qos)

    def await_subscriptions(self, count: int, timeout_s: float) -> bool:
        """Wait until it has subscribed `count` times; False at time-out."""
        with self.changed:
            return self.changed.wait_for(lambda: self.subscriptions >= count, timeout_s)

    def _connect(self, client: paho.Client) -> None:
        a, properties = self._access, None
        if self.protocol == V5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.ReceiveMaximum = _IN_FLIGHT
            if self._lasting:
                properties.SessionExpiryInterval = _SESSION_S
        clean: Any = (not self._lasting) if properties else paho.MQTT_CLEAN_START_FIRST_ONLY
        try:
            client.connect(a.host, a.port, keepalive=10, clean_start=clean, properties=properties)
        except (OSError, ValueError) as e:
            raise self._missing(str(e)) from e

    def _missing(self, what: str) -> PlatformMissing:
        scheme = "mqtts" if self._access.tls else "mqtt"
        where = f"{scheme}://{self._access.host}:{self._access.port}"
        return PlatformMissing(what, where=where, remedy="is the broker running?")

    def _build(self, protocol: MQTTProtocolVersion) -> paho.Client:
        a = self._access
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=a.client_id,
            clean_session=(not self._lasting) if self.protocol == V311 else None,
            protocol=protocol,
            manual_ack=self._manual,
        )
        if a.username is not None or a.password is not None:
            client.username_pw_set(a.username or "", a.password)
        if a.tls:
            client.tls_set_context(a.tls)
        client.reconnect_delay_set(1, 2)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def _on_connect(self, client: paho.Client, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        if code.is_failure:
            with self.changed:
                self._refused = refusal(code.value)
                self.changed.notify_all()
            if not self.subscriptions:  # later it may only be busy, and is asked again
                client.disconnect()
            return
        self.connection += 1
        client.subscribe([(pattern, 1) for pattern in self._patterns])

    def _on_subscribe(self, *_: Any) -> None:
        with self.changed:
            self.subscriptions += 1
            self.changed.notify_all()

    def _on_message(self, _client: Any, _data: Any, m: paho.MQTTMessage) -> None:
        self._take(Delivery(m.topic, bytes(m.payload), m.qos, m.mid, self.connection))
