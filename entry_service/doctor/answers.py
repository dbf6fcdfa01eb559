"""Whether the service answers where callers reach it: systemd starts it again without end, and tells nobody."""

from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ssl import CERT_NONE, create_default_context
from urllib.parse import urlsplit

from entry_service.core.retention import Reading
from entry_service.settings import Settings

from .findings import Finding, failed, ok

SECONDS = 10
PATH = "/healthz"


def check(settings: Settings, reading: Reading) -> Iterator[Finding]:
    """Ask the service at ``ENTRY_ORIGIN``, through the proxy where that is HTTPS; anything but 200 fails."""
    try:
        status = _asked(settings.origin)
    except (OSError, HTTPException) as fault:
        why = type(fault).__name__
        yield failed(
            "service",
            f"{settings.origin}에서 서비스가 응답하지 않습니다({why}). 서비스와 프록시를 확인하시기 바랍니다.",
            f"The service does not answer at {settings.origin} ({why}): look at it and at the proxy.",
        )
        return
    if status == 200:
        yield ok("service", "서비스가 응답합니다.", "The service answers.")
        return
    yield failed(
        "service",
        f"{settings.origin}{PATH}의 답이 {status}입니다. 서비스와 프록시를 확인하시기 바랍니다.",
        f"{settings.origin}{PATH} answers {status}: look at the service and at the proxy.",
    )


def _asked(address: str) -> int:
    origin = urlsplit(address)
    host = origin.hostname or ""
    if origin.scheme == "https":
        context = create_default_context()
        context.check_hostname, context.verify_mode = False, CERT_NONE  # the check `certificate` judges that
        way: HTTPConnection = HTTPSConnection(host, origin.port, timeout=SECONDS, context=context)
    else:
        way = HTTPConnection(host, origin.port, timeout=SECONDS)
    try:
        way.request("GET", PATH)
        return way.getresponse().status
    finally:
        way.close()
