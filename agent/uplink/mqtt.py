"""One MQTT connection: the only importer of paho in the daemon.

A `Connection` is built anew for each CONNECT, so that paho's own queue dies with it. It has no thread of its
own: `poll` drives paho's loop functions and returns what happened. Only `open` blocks (DNS, TCP, TLS).

The broker's session outlives a connection for the sake of commands. It holds nothing of what we publish: a
QoS 1 message is done for the broker with its PUBACK, and what has none is sent anew from the journal. What is
heard is acknowledged by `acknowledge` alone, so a command is stored before.
"""

import select
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from agent.uplink.access import Access
from agent.uplink.on_air import on_air
from agent.uplink.reasons import NOT_THIS_VERSION, alert, ending, phrase, refusal

Version = Literal[4, 5]
V311: Version = 4
V5: Version = 5
_OPEN_S = 10.0
_LARGEST = 8 * 1024 * 1024  # bytes of a message that the broker may send us; MQTT 5 only
_DEFAULT_WINDOW = 65535  # MQTT 5.0, 3.2.2.3.3: no Receive Maximum means this


class Will(msgspec.Struct, frozen=True):
    """What the broker says, retained and at QoS 1, when the connection ends without a DISCONNECT."""

    topic: str
    payload: bytes


class Joined(msgspec.Struct, frozen=True):
    """CONNACK: messages the broker takes unacknowledged, and the largest packet in bytes, if it said."""

    window: int
    packet: int | None


class Acked(msgspec.Struct, frozen=True):
    """PUBACK with its reason code; under 3.1.1 there is none, and it is 0."""

    mid: int
    code: int


class Heard(msgspec.Struct, frozen=True):
    """A message for us; `retained`: the broker kept it from before; `mid`: to be acknowledged, 0 if not."""

    topic: str
    payload: bytes
    retained: bool
    mid: int = 0


class Subscribed(msgspec.Struct, frozen=True):
    """SUBACK of a subscription; 0x80 and above: refused."""

    mid: int
    code: int


class Ended(msgspec.Struct, frozen=True):
    """The connection is over. `code` is the broker's reason; None: it said nothing before it was cut."""

    reason: str
    code: int | None = None


Happening = Joined | Acked | Heard | Subscribed | Ended


class Connection:
    """One paho client; every method but `open` belongs to one thread."""

    def __init__(self, access: Access, will: Will | None, version: Version) -> None:
        self.version = version
        self._access = access
        self._clean = access.session_s == 0
        self._happened: list[Happening] = []
        self._over = False
        self._alert: str | None = None
        self._poll = select.poll()
        self._fd: int | None = None
        self._client = self._build(access, will)

    def _build(self, access: Access, will: Will | None) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=access.client_id,
            clean_session=self._clean if self.version == V311 else None,
            protocol=MQTTProtocolVersion(self.version),
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = _OPEN_S
        client.max_inflight_messages_set(0)  # the window is kept by the sender, who knows what it means
        if access.username is not None or access.password is not None:
            client.username_pw_set(access.username or "", access.password)
        if access.tls:
            client.tls_set_context(access.tls)
        if will:
            client.will_set(will.topic, will.payload, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_socket_open = self._on_socket_open
        client.on_log = self._on_log
        return client

    def open(self) -> str | None:
        """Resolve, connect, shake hands, send CONNECT; returns why not, or None. Blocks for many seconds."""
        a = self._access
        clean = self._clean if self.version == V5 else paho.MQTT_CLEAN_START_FIRST_ONLY
        more = _properties(a.session_s) if self.version == V5 and a.session_s else None
        try:
            self._client.connect(a.host, a.port, a.keepalive_s, clean_start=clean, properties=more)
        except (OSError, ValueError) as e:
            return phrase(e)
        if self._over:  # dropped while it was being made
            self.drop()
        return None

    def poll(self, timeout_s: float, also: int | None = None) -> list[Happening]:
        """Read and write what can be; returns when something happened, `also` (a descriptor) is readable
        or the time is over."""
        sock = self._client.socket()
        if sock is not None:
            self._turn(sock, timeout_s, also)
        elif not self._over:
            self._end(Ended("connection lost"))
        happened, self._happened = self._happened, []
        return happened

    def _turn(self, sock: Any, timeout_s: float, also: int | None) -> None:
        self._watch(sock.fileno(), also)
        buffered = getattr(sock, "pending", lambda: 0)
        for fd, bits in self._poll.poll(0 if buffered() else timeout_s * 1000):
            if fd == self._fd and bits & select.POLLOUT:
                self._client.loop_write()
            if fd == self._fd and bits & ~select.POLLOUT:
                self._client.loop_read()
        while self._client.socket() is sock and buffered():  # bytes that TLS has read already wake no poll
            self._client.loop_read()
        self._client.loop_misc()

    def _watch(self, fd: int, also: int | None) -> None:
        self._fd = fd
        self._poll.register(fd, select.POLLIN | (select.POLLOUT if self._client.want_write() else 0))
        if also is not None:
            self._poll.register(also, select.POLLIN)

    def publish(self, topic: str, payload: bytes, qos: int = 1, *, retain: bool = False) -> int:
        """Hand over one message; returns its number, which `Acked` will name. Only while joined."""
        return self._client.publish(topic, payload, qos, retain).mid

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is published within leaves in as few TCP segments as hold it (TCP_CORK, tcp(7))."""
        self._cork(1)
        try:
            yield
        finally:
            self._cork(0)

    def _cork(self, value: int) -> None:
        sock: Any = self._client.socket()
        if sock is not None:
            with suppress(OSError):  # the line broke meanwhile; reading from it will tell
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, value)

    def subscribe(self, topic: str, qos: int = 1) -> int:
        """Ask for a topic; returns the number that `Subscribed` will name."""
        return self._client.subscribe(topic, qos)[1] or 0

    def acknowledge(self, heard: Heard) -> None:
        """Send the PUBACK of a message; the broker then forgets it."""
        if heard.mid:
            self._client.ack(heard.mid, 1)

    @property
    def peer_ends(self) -> float | None:
        """When the broker's certificate ends, s since 1970; None without TLS."""
        sock: Any = self._client.socket()
        found = sock.getpeercert() if isinstance(sock, ssl.SSLSocket) else None
        return ssl.cert_time_to_seconds(str(found["notAfter"])) if found and "notAfter" in found else None

    @property
    def local(self) -> str | None:
        """The address of this end; None when the line is gone."""
        sock: Any = self._client.socket()
        try:
            return None if sock is None else str(sock.getsockname()[0])
        except OSError:
            return None

    def on_air(self) -> int | None:
        """Bytes this connection has had on the air, both ways; None when nobody can tell."""
        sock: Any = self._client.socket()
        return None if sock is None else on_air(sock)

    @property
    def congested(self) -> bool:
        """Whether bytes wait that the socket did not take."""
        return self._client.want_write()

    def leave(self) -> None:
        """DISCONNECT: the broker drops the will."""
        self._client.disconnect()
        with suppress(OSError, ValueError):  # what does not fit into the socket now is not waited for
            self._client.loop_write()
        self.drop()

    def drop(self) -> None:
        """Cut the line; the broker then publishes the will."""
        self._over = True
        sock = self._client.socket()
        if sock is not None:
            with suppress(OSError):
                sock.close()

    def _end(self, ended: Ended) -> None:
        if not self._over:
            self._over = True
            self._happened.append(ended)

    def _on_connect(self, client: Any, _data: Any, _flags: Any, code: Any, properties: Any) -> None:
        client.on_log = None  # it costs on every packet, and only the handshake has something to tell
        if code.value >= 0x80:
            wrong = code.value == NOT_THIS_VERSION
            self._end(Ended(refusal(code.value), NOT_THIS_VERSION if wrong else code.value))
            return
        window = getattr(properties, "ReceiveMaximum", _DEFAULT_WINDOW)
        self._happened.append(Joined(window, getattr(properties, "MaximumPacketSize", None)))

    def _on_publish(self, _client: Any, _data: Any, mid: int, code: Any, _properties: Any) -> None:
        self._happened.append(Acked(mid, code.value))

    def _on_message(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        mid = message.mid if message.qos else 0
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        self._happened.append(Heard(topic, bytes(message.payload), message.retain, mid))

    def _on_subscribe(self, _client: Any, _data: Any, mid: int, codes: Any, _properties: Any) -> None:
        self._happened.append(Subscribed(mid, max((code.value for code in codes), default=0)))

    def _on_disconnect(self, _client: Any, _data: Any, flags: Any, code: Any, _properties: Any) -> None:
        if flags.is_disconnect_packet_from_server:
            self._end(Ended(ending(code.value), code.value))
        elif code.value == 0x8D:
            self._end(Ended("no answer within the keep-alive time"))
        else:
            self._end(Ended(self._alert or "connection lost"))

    def _on_log(self, _client: Any, _data: Any, level: int, text: str) -> None:
        if level == paho.MQTT_LOG_ERR:
            self._alert = alert(text) or self._alert

    def _on_socket_open(self, _client: Any, _data: Any, sock: Any) -> None:
        """Let the kernel give up on unacknowledged bytes as soon as the keep-alive would (tcp(7))."""
        limit_ms = round(self._access.keepalive_s * 1500)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, limit_ms)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _properties(session_s: int) -> Properties:
    """Of a CONNECT in MQTT 5: how long the session is kept, and what is too large for us."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = session_s
    properties.MaximumPacketSize = _LARGEST
    return properties
