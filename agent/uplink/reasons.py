"""Why a link failed, in phrases for people: no secrets, no library's words.

The reason codes are those of MQTT 5.0, section 2.4; those of 3.1.1's CONNACK are mapped to them by paho.
"""

import errno
import socket
import ssl

_CODES = {
    0x10: "nobody subscribes to the topic",
    0x80: "unspecified error",
    0x83: "broker's own reason",
    0x84: "the broker speaks another MQTT version",
    0x85: "client id not accepted",
    0x86: "bad user name or password",
    0x87: "not authorized",
    0x88: "broker unavailable",
    0x89: "broker busy",
    0x8A: "banned",
    0x8B: "broker shuts down",
    0x8D: "keep-alive timeout",
    0x8E: "another client took over this client id",
    0x90: "topic name invalid",
    0x93: "more in flight than the broker takes",
    0x95: "packet too large",
    0x96: "message rate too high",
    0x97: "quota exceeded",
    0x99: "payload format invalid",
    0x9C: "the broker names another server",
    0x9D: "the broker has moved",
}
PERMANENT = frozenset({0x90, 0x95, 0x99})
"""Codes after which the same message would be refused for ever."""
NO_SUBSCRIBER = 0x10
NOT_THIS_VERSION = 0x84
TAKEN_OVER = 0x8E
_ERRNO = {
    errno.ECONNREFUSED: "connection refused",
    errno.ENETUNREACH: "no route",
    errno.EHOSTUNREACH: "no route",
    errno.ECONNRESET: "connection reset",
    errno.EPIPE: "connection reset",
    errno.ETIMEDOUT: "no answer",
}
_VERIFY = {  # X509_V_ERR_* of OpenSSL, x509_vfy.h
    9: "the broker's certificate is not valid yet; is this unit's clock set?",
    10: "the broker's certificate has expired",
    18: "the broker's certificate is signed by itself, not by the configured CA",
    19: "the broker's certificate is not signed by the configured CA",
    20: "the broker's certificate is not signed by the configured CA",
    62: "the broker's certificate is for another server name",
    64: "the broker's certificate is for another server name",
}
_ALERTS = {  # what the broker may say of this unit's certificate, after the handshake in TLS 1.3
    "certificate_required": "the broker asks for a client certificate",
    "certificate required": "the broker asks for a client certificate",
    "certificate expired": "the client certificate has expired",
    "certificate_expired": "the client certificate has expired",
    "unknown ca": "the broker does not know the client certificate's CA",
    "unknown_ca": "the broker does not know the client certificate's CA",
    "bad certificate": "the broker does not accept the client certificate",
    "bad_certificate": "the broker does not accept the client certificate",
}


class LinkFault(Exception):  # noqa: N818 - reads as what happened
    """The link could not be made; the text is the phrase to show."""


def refusal(code: int) -> str:
    """The phrase of a reason code of 0x80 and above (or 0x10)."""
    return f"refused: {_CODES.get(code, f'reason 0x{code:02x}')}"


def ending(code: int) -> str:
    """The phrase of a DISCONNECT sent by the broker."""
    return f"disconnected: {_CODES.get(code, f'reason 0x{code:02x}')}"


def phrase(error: Exception) -> str:
    """The phrase of an exception while connecting."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _VERIFY.get(error.verify_code, f"the broker's certificate: {error.verify_message}")
    if isinstance(error, ssl.SSLError):
        return alert(str(error)) or f"TLS failed ({error.reason or type(error).__name__})"
    if isinstance(error, socket.gaierror):
        return "name not found"
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, OSError):
        return _ERRNO.get(error.errno or 0, error.strerror or type(error).__name__)
    return type(error).__name__


def alert(text: str) -> str | None:
    """The phrase of a TLS alert about the client certificate named in an error text, if one is."""
    lower = text.lower()
    return next((meaning for sign, meaning in _ALERTS.items() if sign in lower), None)
