"""A self-made certificate for `serve --lan`, so that a real phone on the same network may use its camera.

Browsers give camera, service worker and WebCrypto only to HTTPS pages and localhost. The certificate names every
address this machine has; the phone shows a warning once, because nobody else vouches for it.
"""

import contextlib
import ipaddress
import os
import socket
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=30)


def addresses() -> list[str]:
    """Return the IPv4 addresses under which other machines of the network reach this one, the likeliest first."""
    found = []
    # With no route at all the host name below is the only hope.
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # TEST-NET: chooses a route, sends nothing
        found.append(probe.getsockname()[0])
    with contextlib.suppress(OSError):  # a machine whose own name does not resolve
        found += socket.gethostbyname_ex(socket.gethostname())[2]
    return [address for address in dict.fromkeys(found) if not address.startswith("127.")]


def certificate(key_dir: Path, now: datetime) -> tuple[Path, Path, list[str]]:
    """Return certificate and key files for today's addresses, made anew when they changed or ran out.

    Parameters
    ----------
    key_dir : Path
        Folder of keys, mode 0700; ``lan.crt`` and ``lan.key`` (0600) are kept there.
    now : datetime
        The present, aware.
    """
    names = [*addresses(), "127.0.0.1"]
    cert_path, key_path = key_dir / "lan.crt", key_dir / "lan.key"
    if not (cert_path.exists() and key_path.exists() and _fits(cert_path, names, now)):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "entry log on this network")])
        alternatives = [x509.IPAddress(ipaddress.ip_address(name)) for name in names] + [x509.DNSName("localhost")]
        built = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + LIFETIME)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(key, hashes.SHA256())
        )
        key_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        descriptor = os.open(key_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
        cert_path.write_bytes(built.public_bytes(pem))
    return cert_path, key_path, names[:-1]


def _fits(path: Path, names: list[str], now: datetime) -> bool:
    """Say whether the kept certificate names all addresses and lasts another day."""
    kept = x509.load_pem_x509_certificate(path.read_bytes())
    named = kept.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    held = {str(address) for address in named.get_values_for_type(x509.IPAddress)}
    return set(names) <= held and kept.not_valid_after_utc > now + timedelta(days=1)
