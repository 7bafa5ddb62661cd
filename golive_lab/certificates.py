"""Certificate authorities of one lab: made anew with it, and trusted by nothing outside it.

A second authority in the same folder (``name="other-ca"``) signs the certificates that no client trusts.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID = datetime.timedelta(days=30)
CLOCK_LEEWAY = datetime.timedelta(hours=1)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Certificate:
    """A server certificate and its private key, both PEM; the key is PKCS8 and readable by its owner alone."""

    cert_file: Path
    key_file: Path


class Authority:
    """A certificate authority whose files live in ``folder``; opened again there, it is the same one."""

    def __init__(self, folder: Path, *, name: str = "ca") -> None:
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        self.folder = folder
        self.name = name
        self.ca_file = folder / f"{name}.pem"
        """The authority's own certificate, PEM: what clients trust."""
        self._key_file = folder / f"{name}.key"
        self._lock = threading.Lock()
        if not self.ca_file.exists():
            self._make()
        self._certificate = x509.load_pem_x509_certificate(self.ca_file.read_bytes())
        self._key = _load_key(self._key_file)

    def issue(
        self,
        name: str,
        *,
        uid: int | None = None,
        hosts: tuple[str, ...] = (),
        days: float | None = None,
        with_rsa: bool = False,
    ) -> Certificate:
        """A certificate for localhost, 127.0.0.1 and ::1; the same one whenever that name is asked for again.

        ``uid`` is who must be able to read the key (the server's own user, where the lab runs as root). ``hosts`` are
        its names instead, ``days`` how long it holds from now on; a negative number is long over.
        ``with_rsa`` is for a key of that kind.
        """
        cert_file, key_file = (self.folder / f"{self.name}-{name}{suffix}" for suffix in (".pem", ".key"))
        with self._lock:
            if not cert_file.exists():
                # A server may also be a client of its own, as etcd is of itself.
                usages = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
                names = _loopback() if not hosts else x509.SubjectAlternativeName([x509.DNSName(one) for one in hosts])
                valid = VALID if days is None else datetime.timedelta(days=days)
                files = Certificate(cert_file, key_file)
                key = rsa.generate_private_key(65537, 2048) if with_rsa else None
                self._sign(_name(f"golive lab {name}"), usages, names, valid, files, key)
            if uid is not None:
                os.chown(key_file, uid, -1)
        return Certificate(cert_file, key_file)

    def issue_user(self, name: str, common_name: str, organizations: Iterable[str] = ()) -> Certificate:
        """A client certificate: its user as common name, the groups as organizations; the same one when asked again."""
        cert_file, key_file = (self.folder / f"{self.name}-{name}{suffix}" for suffix in (".pem", ".key"))
        groups = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in organizations]
        subject = x509.Name([*groups, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        with self._lock:
            if not cert_file.exists():
                files = Certificate(cert_file, key_file)
                self._sign(subject, (ExtendedKeyUsageOID.CLIENT_AUTH,), _loopback(), VALID, files)
        return Certificate(cert_file, key_file)

    def _make(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(f"golive lab {self.name}")
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        certificate = (
            _builder(subject, subject, key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        _write_key(self._key_file, key)
        _write_public(self.ca_file, certificate.public_bytes(serialization.Encoding.PEM))

    def _sign(
        self,
        subject: x509.Name,
        usages: Iterable[x509.ObjectIdentifier],
        names: x509.SubjectAlternativeName,
        valid: datetime.timedelta,
        files: Certificate,
        key: Key | None = None,
    ) -> None:
        key = key or ec.generate_private_key(ec.SECP256R1())
        issuer_key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            _builder(subject, self._certificate.subject, key, valid)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(names, critical=False)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(issuer_key_id, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        _write_key(files.key_file, key)
        chain = (certificate, self._certificate)
        _write_public(files.cert_file, b"".join(one.public_bytes(serialization.Encoding.PEM) for one in chain))


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _loopback() -> x509.SubjectAlternativeName:
    addresses = (ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1"))
    return x509.SubjectAlternativeName([x509.DNSName("localhost"), *(x509.IPAddress(address) for address in addresses)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Key, valid: datetime.timedelta = VALID
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, now + valid) - CLOCK_LEEWAY)
        .not_valid_after(now + valid)
    )


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} holds no EC key; it was not written by this lab")
    return key


def _write_key(path: Path, key: Key) -> None:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)


def _write_public(path: Path, pem: bytes) -> None:
    path.write_bytes(pem)
    path.chmod(0o644)
