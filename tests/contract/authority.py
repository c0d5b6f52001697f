"""A certificate authority for tests."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime.now(UTC)
YEAR = timedelta(days=365)


@dataclass
class Authority:
    """Issues certificates into a folder."""

    folder: Path
    name: str

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        unsigned = self._certificate(self.subject, self.key, NOW + YEAR)
        unsigned = unsigned.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.file = self._write(f"{self.name}.pem", unsigned.sign(self.key, hashes.SHA256()))

    def issue(self, name: str, *, host: str | None = None, end: datetime = NOW + YEAR) -> tuple[Path, Path]:
        """Certificate and key files; `host` makes it one of a server."""
        key = ec.generate_private_key(ec.SECP256R1())
        unsigned = self._certificate(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key, end)
        if host:
            alternative = x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
            unsigned = unsigned.add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (self.folder / f"{name}.key").write_bytes(secret)
        certificate = self._write(f"{name}.pem", unsigned.sign(self.key, hashes.SHA256()))
        return certificate, self.folder / f"{name}.key"

    def _certificate(self, subject: x509.Name, key, end: datetime) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.subject)
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        return builder.not_valid_before(NOW - YEAR).not_valid_after(end)

    def _write(self, name: str, certificate: x509.Certificate) -> Path:
        (self.folder / name).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return self.folder / name
