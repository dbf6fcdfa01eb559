"""The certificate that callers see at ``ENTRY_ORIGIN``: for this host, for how long, and from whom."""

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from cryptography import x509

from entry_service.core.retention import Reading
from entry_service.core.times import KST
from entry_service.settings import LOOPBACK, Settings

from .findings import Finding, failed, ok, warning

SECONDS = 5
SOON = timedelta(days=21)


def check(settings: Settings, reading: Reading) -> Iterator[Finding]:
    """Fetch the certificate and look at its host, its end, and whether this machine trusts who made it."""
    origin = urlsplit(settings.origin)
    host, port = origin.hostname or "", origin.port or 443
    if origin.scheme != "https":
        local = "이 컴퓨터에서만" if host in LOOPBACK else "HTTPS 없이"
        yield warning(
            "certificate",
            f"{settings.origin}: {local} 열립니다. 휴대전화의 카메라는 HTTPS에서만 됩니다.",
            f"{settings.origin} has no certificate: cameras of phones work over HTTPS only.",
        )
        return
    try:
        certificate = _fetched(host, port)
    except OSError as fault:
        yield failed(
            "certificate",
            f"{settings.origin}에 연결되지 않습니다({type(fault).__name__}). 프록시를 확인하시기 바랍니다.",
            f"Nobody answers at {settings.origin} ({type(fault).__name__}): look at the proxy.",
        )
        return
    yield from _examined(certificate, host, reading)
    try:
        with socket.create_connection((host, port), SECONDS) as plain:
            ssl.create_default_context().wrap_socket(plain, server_hostname=host).close()
    except ssl.SSLError as doubt:
        why = getattr(doubt, "verify_message", "") or type(doubt).__name__
        yield warning(
            "certificate",
            f"이 컴퓨터는 인증서를 신뢰하지 않습니다({why}). 휴대전화도 그럴 수 있습니다.",
            f"This machine does not trust the certificate ({why}); phones may not either.",
        )


def _fetched(host: str, port: int) -> x509.Certificate:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it is read here, and believed nowhere
    with socket.create_connection((host, port), SECONDS) as plain, context.wrap_socket(plain) as secure:
        return x509.load_der_x509_certificate(secure.getpeercert(binary_form=True) or b"")


def _examined(certificate: x509.Certificate, host: str, reading: Reading) -> Iterator[Finding]:
    ends = certificate.not_valid_after_utc
    day = f"{ends.astimezone(KST):%Y-%m-%d}"
    if not _names(certificate, host):
        yield failed("certificate", f"인증서가 {host}의 것이 아닙니다.", f"The certificate is not for {host}.")
    if reading.wall >= ends or reading.wall < certificate.not_valid_before_utc:
        yield failed(
            "certificate",
            f"인증서의 기간이 아닙니다({day}까지).",
            f"The certificate is not valid now ({day}).",
        )
    elif ends - reading.wall < SOON:
        left = (ends - reading.wall).days
        yield warning(
            "certificate",
            f"인증서가 {left}일 뒤에 끝납니다({day}).",
            f"The certificate ends in {left} days ({day}).",
        )
    elif _names(certificate, host):
        yield ok("certificate", f"인증서가 {day}까지 맞습니다.", f"The certificate is right until {day}.")


def _names(certificate: x509.Certificate, host: str) -> bool:
    try:
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    try:
        return ipaddress.ip_address(host) in named.get_values_for_type(x509.IPAddress)
    except ValueError:
        names = [name.lower() for name in named.get_values_for_type(x509.DNSName)]
        return host.lower() in names or f"*.{host.lower().partition('.')[2]}" in names
