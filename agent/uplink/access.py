"""What a connection needs to know of its broker: address, identity, secrets. Read anew at each connect."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from agent.config import Sink, Unit
from agent.uplink.certificate import not_after
from agent.uplink.reasons import LinkFault


class Access(msgspec.Struct, frozen=True):
    """Everything for one CONNECT; it holds a password, so it is never logged.

    `ends`: the end of the unit's certificate, if it has one; `session_s`: for so long the broker
    keeps messages for us.
    """

    host: str
    port: int
    client_id: str
    keepalive_s: int
    username: str | None
    password: str | None
    tls: ssl.SSLContext | None
    ends: datetime | None = None
    session_s: int = 0


class _TidySocket(ssl.SSLSocket):
    """Closes itself when the handshake fails; paho leaves it to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - the base class's signature
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def read_access(sink: Sink, unit: Unit, utc_ns: int | None) -> Access:
    """Read the secrets' files as they are now; raises LinkFault when one is missing, wrong or expired.

    `utc_ns` is the present, None when the clock is not set: expiry is then left to the broker.
    """
    ends = _unit_certificate(sink.cert_file, utc_ns) if sink.tls and sink.cert_file else None
    return Access(
        host=sink.host,
        port=sink.port,
        client_id=sink.client_id or f"haulwatch-{unit.fleet}-{unit.vehicle}",
        keepalive_s=sink.keepalive_s,
        username=_secret(sink.username_file),
        password=_secret(sink.password_file),
        tls=tls_context(sink) if sink.tls else None,
        ends=ends,
        session_s=sink.session_s,
    )


def _secret(file: Path | None) -> str | None:
    return None if file is None else _read(file).strip()


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as e:
        raise LinkFault(f"{file}: cannot be read ({getattr(e, 'strerror', None) or 'not text'})") from e


def tls_context(sink: Sink) -> ssl.SSLContext:
    """TLS 1.2 or later; the server's chain and name are always checked. Raises LinkFault."""
    if sink.ca_file:
        _read(sink.ca_file)
    try:
        context = ssl.create_default_context(cafile=sink.ca_file)
    except ssl.SSLError as e:
        raise LinkFault(f"{sink.ca_file}: holds no certificate") from e
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Python 3.13 began to insist on extensions that private authorities made with plain openssl leave out;
    # a unit must take the same certificates on Debian 12 and 13. Chain, dates and name are checked as ever.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.sslsocket_class = _TidySocket
    if sink.cert_file and sink.key_file:
        _read(sink.cert_file)
        _read(sink.key_file)
        try:
            context.load_cert_chain(sink.cert_file, sink.key_file, password=_no_password)
        except ssl.SSLError as e:
            raise LinkFault(f"{sink.key_file}: is not the key of {sink.cert_file}") from e
    return context


def _no_password() -> str:
    """Instead of OpenSSL's question on the terminal, which would block for ever."""
    return ""


def _unit_certificate(file: Path, utc_ns: int | None) -> datetime:
    """When it ends; raises LinkFault when it has."""
    try:
        end = not_after(_read(file))
    except ValueError as e:
        raise LinkFault(f"{file}: {e}") from e
    if utc_ns is not None and datetime.fromtimestamp(utc_ns / 1e9, UTC) > end:
        raise LinkFault(f"the client certificate expired on {end:%Y-%m-%d}")
    return end
