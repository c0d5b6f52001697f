"""The reader of JPEGs over HTTP at real sockets: logins, chunks, single pictures, certificates, nonsense."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from drivers.camera.http_stream import HttpStream, NoPicturesError
from drivers.camera.keyframes import Keyframes
from drivers.camera.login import Account
from drivers.camera.picture import whole
from drivers.camera.spec import CameraSource, without_secret
from drivers.errors import DeviceMissing
from drivers.sim.camera import SimCamera, cards
from drivers.sim.server import Gate, Server, read_head

CARD = cards((320, 240))[0]
OPENED = "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n"
Start = Callable[[Server], str]


class Scripted(Server):
    """Answers each connection with the same pieces, and says nothing for a while after each."""

    def __init__(self, *pieces: bytes, quiet_s: float = 0.0) -> None:
        super().__init__()
        self._pieces, self._quiet_s = pieces, quiet_s

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def serve(self, connection: socket.socket) -> None:
        read_head(connection)
        for piece in self._pieces:
            connection.sendall(piece)
            self.pause(self._quiet_s)


class Encrypted(SimCamera):
    """The same camera behind TLS."""

    def __init__(self, certificate: Path) -> None:
        super().__init__(lambda: CARD, 20)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)

    @property
    def url(self) -> str:
        return super().url.replace("http:", "https:")

    def serve(self, connection: socket.socket) -> None:
        with self._context.wrap_socket(connection, server_side=True) as wrapped:
            super().serve(wrapped)


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a server and gives its address."""
    with ExitStack() as stack:

        def begin(server: Server) -> str:
            stack.callback(server.stop)
            return server.start().url

        yield begin


def stream(url: str, **settings) -> HttpStream:
    quick = {"open_timeout_s": 2.0, "read_timeout_s": 0.5}
    source = CameraSource("bed", "body", url, without_secret(url), **(quick | settings))
    keyframes = Keyframes(5.0)
    keyframes.period_s = 0.01
    return HttpStream(source, time.sleep, keyframes)


def pictures(opened: HttpStream, count: int) -> list[bytes]:
    try:
        return [opened.retrieve(whole).coded for _ in range(count) if opened.grab()]
    finally:
        opened.close()


def named(url: str, user: str, password: str) -> str:
    return url.replace("//", f"//{user}:{password}@")


@pytest.mark.parametrize("login", ["digest", "basic", "any"])
def test_who_has_the_password_sees_pictures(start: Start, login) -> None:
    url = start(SimCamera(lambda: CARD, 20, gate=Gate(Account("me", "a b/c"), login)))
    assert pictures(stream(named(url, "me", "a%20b%2Fc")), 3) == [CARD] * 3
    with pytest.raises(DeviceMissing, match="refuses this user and password") as e:
        stream(named(url, "me", "falsch"))
    assert "falsch" not in str(e.value)
    with pytest.raises(DeviceMissing, match="asks for a user and password"):
        stream(url)


def test_a_password_is_not_sent_readable_where_that_is_forbidden(start: Start) -> None:
    url = named(start(SimCamera(lambda: CARD, 20, gate=Gate(Account("me", "x"), "basic"))), "me", "x")
    with pytest.raises(DeviceMissing, match="not allowed"):
        stream(url, login="digest")


def test_single_pictures_are_asked_for_again_and_again(start: Start) -> None:
    shown = iter(cards((320, 240)) * 2)
    url = start(SimCamera(lambda: next(shown), 20)).replace("stream.mjpg", "still")
    assert pictures(stream(url), 4) == cards((320, 240)) * 2


@pytest.mark.parametrize("size", [7, 1000, 1_000_000])
def test_a_chunked_stream_is_read(start: Start, size) -> None:
    part = b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(CARD) + CARD + b"\r\n"
    body = part * 3
    chunks = [body[i : i + size] for i in range(0, len(body), size)]
    coded = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + b"0\r\n\r\n"
    url = start(Scripted(f"{OPENED}Transfer-Encoding: chunked\r\n\r\n".encode() + coded))
    assert pictures(stream(url), 5) == [CARD] * 3


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "HTTP status 404"),
        (b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", "HTTP status 302"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "no HTTP"),
        (b"", "does not answer"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, "no HTTP"),
    ],
)
def test_an_answer_without_pictures_is_said(start: Start, answer, words) -> None:
    with pytest.raises(DeviceMissing, match=words):
        stream(start(Scripted(answer)))


def test_another_kind_of_video_is_left_to_others(start: Start) -> None:
    with pytest.raises(NoPicturesError):
        stream(start(Scripted(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n")))


def test_damaged_chunks_end_the_stream(start: Start) -> None:
    head = f"{OPENED}Transfer-Encoding: chunked\r\n\r\n".encode()
    with pytest.raises(DeviceMissing, match="no HTTP"):
        stream(start(Scripted(head + b"zz\r\n")))
    chunk = b"%x\r\n%s\r\n" % (len(CARD), CARD)
    assert pictures(stream(start(Scripted(head + chunk, b"0x\r\n", quiet_s=0.3))), 3) == [CARD]


def test_silence_ends_at_the_time_out_and_closes_the_connection(start: Start) -> None:
    server = Scripted(f"{OPENED}\r\n".encode(), quiet_s=20.0)
    opened = stream(start(server))
    assert not opened.grab()
    opened.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A camera's own: nobody has signed it, and it is good for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "camera")])
    now, year = datetime.now(UTC), timedelta(days=365)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - year)
    place = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = (
        builder.not_valid_after(now + year).add_extension(place, critical=False).sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path / "camera.pem"
    file.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
    return file


def test_an_unknown_certificate_is_refused_unless_the_profile_says_so(start: Start, certificate) -> None:
    url = start(Encrypted(certificate))
    with pytest.raises(DeviceMissing, match="cannot be reached"):
        stream(url)
    assert pictures(stream(url, verify=False), 2) == [CARD] * 2
