"""When a certificate expires: the one thing that ssl does not tell of a certificate of our own.

With an expired client certificate TLS 1.3 connects and is then cut, so it is looked at before connecting.
X.509 is DER (RFC 5280, section 4.1): tbsCertificate, in it validity, in it notBefore and notAfter.
"""

import ssl
from datetime import UTC, datetime

_SEQUENCE, _UTC_TIME, _GENERALIZED_TIME, _VERSION = 0x30, 0x17, 0x18, 0xA0


def not_after(pem: str) -> datetime:
    """The end of validity of the first certificate in `pem`; raises ValueError when there is none."""
    begin, end = pem.find("-----BEGIN CERTIFICATE-----"), pem.find("-----END CERTIFICATE-----")
    if begin < 0 or end < begin:
        raise ValueError("holds no certificate in PEM format")
    der = ssl.PEM_cert_to_DER_cert(pem[begin:end] + "-----END CERTIFICATE-----\n")
    try:
        return _not_after(der)
    except IndexError as e:
        raise ValueError("the certificate is cut short") from e


def _not_after(der: bytes) -> datetime:
    _, certificate, _ = _element(der)
    _, rest, _ = _element(certificate)
    if rest[0] == _VERSION:
        _, _, rest = _element(rest)
    for _ in ("serialNumber", "signature", "issuer"):
        _, _, rest = _element(rest)
    tag, validity, _ = _element(rest)
    if tag != _SEQUENCE:
        raise ValueError("the certificate has no validity")
    _, _, rest = _element(validity)
    tag, text, _ = _element(rest)
    if tag not in (_UTC_TIME, _GENERALIZED_TIME):
        raise ValueError("the certificate has no end date")
    year = "%y" if tag == _UTC_TIME else "%Y"  # two digits reach to 2049; RFC 5280 agrees until then
    return datetime.strptime(text.decode("ascii"), f"{year}%m%d%H%M%SZ").replace(tzinfo=UTC)


def _element(der: bytes) -> tuple[int, bytes, bytes]:
    """Tag, content and what follows of the first element."""
    length, start = der[1], 2
    if length & 0x80:
        size = length & 0x7F
        length, start = int.from_bytes(der[2 : 2 + size], "big"), 2 + size
    if start + length > len(der):
        raise IndexError
    return der[0], der[start : start + length], der[start + length :]
