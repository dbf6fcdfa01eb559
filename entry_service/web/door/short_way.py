"""The short way of the hot path: a plain scan of a pass is logged without Flask. All else goes the long way.

Only ``POST /api/v1/scans`` of a known device with a pass that lets its visitor through is answered here, by the
same use case and with the same answer as in scan_api.py. Whatever is refused, unusual or fails is asked again from
the start by the application behind, which alone refuses, explains and logs: the same ``scan_id`` is the same scan.

The device is remembered by the hash of its token and looked up again inside the transaction that writes, so that a
revocation counts at the next contact here too. A cookie speaks for its device only where the browser itself says
that the page is ours (``Sec-Fetch-Site``, which no page can set); without that header the long way asks for the
token of the page.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from http.cookies import CookieError, SimpleCookie
from io import BytesIO
from typing import Any

import msgspec
from flask import Flask
from sqlalchemy import Connection

from entry_service.core.errors import Unavailable
from entry_service.core.model import Device
from entry_service.core.passes import PREFIX
from entry_service.core.profiles import SCAN, may
from entry_service.services import Services
from entry_service.store.sites import devices
from entry_service.usecases.doors.check_in import check_in_pass

from ..frame.errors import refuse
from ..frame.security import Wsgi, cookie_name
from ..frame.sessions import TOUCH, seen_devices, token_hash
from .scan_api import NewScan, recorded

PATH = "/api/v1/scans"
LONGEST = 2_048  # bytes of a scan of a pass, with room to spare
MOST_DEVICES = 20_000
OK_JSON = ("Content-Type", "application/json")
Environ = dict[str, Any]


class DeviceChanged(Exception):
    """What was remembered of the device does not hold any more."""


class ShortWay:
    """The application, with the short way before it."""

    def __init__(self, app: Flask, behind: Wsgi) -> None:
        """Stand before ``behind``, the application's own way in."""
        self._app, self._behind = app, behind
        self._decoder = msgspec.json.Decoder(NewScan)
        self._encoder = msgspec.json.Encoder()
        self._known: dict[bytes, Device] = {}
        self._cookie = cookie_name(app.extensions["settings"], "device")

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a plain scan; hand everything else on."""
        if environ["PATH_INFO"] == PATH and environ["REQUEST_METHOD"] == "POST":
            try:
                answer = self._scan(environ)
            except Unavailable as stalled:  # waited for long enough: not once more
                with self._app.request_context(environ):
                    return refuse(stalled)(environ, start_response)
            if answer is not None:
                start_response("200 OK", [OK_JSON, ("Content-Length", str(len(answer)))])
                return [answer]
        return self._behind(environ, start_response)

    def _scan(self, environ: Environ) -> bytes | None:
        """Return the answer to a scan that is durable now, or None where the long way has to be gone."""
        services: Services | None = self._app.extensions["services"]
        length = environ.get("CONTENT_LENGTH", "")
        plain = environ.get("CONTENT_TYPE") == "application/json" and length.isdecimal() and int(length) <= LONGEST
        token = self._token(environ) if plain and services is not None else None
        if token is None:
            return None
        body = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = BytesIO(body)  # for the long way, if it comes to that
        try:
            return self._log(services, token_hash(token), self._decoder.decode(body))
        except Unavailable:
            raise
        except Exception:  # whatever it was, the long way meets it again and says it
            return None

    def _log(self, services: Services, hashed: bytes, scan: NewScan) -> bytes | None:
        now = self._app.extensions["clock"]()
        device = self._device(services, hashed)
        if device is None or not may(device, SCAN) or not self._noted(device, now):
            return None
        if scan.admit == "override" or not scan.text.startswith(PREFIX):
            return None

        def still_holds(db: Connection) -> None:
            if devices.by_token_hash(db, hashed) != device:
                self._known.pop(hashed, None)
                raise DeviceChanged

        typed = msgspec.structs.asdict(scan)
        answer = check_in_pass(services, device, **typed, now=now, before_writing=still_holds)
        return self._encoder.encode(recorded(answer))

    def _noted(self, device: Device, now: datetime) -> bool:
        """Say whether the device was noted as seen a moment ago; the long way notes it."""
        last = seen_devices(self._app).get(device.device_id)
        return last is not None and now - last < TOUCH

    def _device(self, services: Services, hashed: bytes) -> Device | None:
        device = self._known.get(hashed)
        if device is None:
            with services.store.read(snapshot=False) as db:
                device = devices.by_token_hash(db, hashed)
            if device is None or device.revoked_at is not None:
                return None
            if len(self._known) >= MOST_DEVICES:
                self._known.clear()
            self._known[hashed] = device
        return device

    def _token(self, environ: Environ) -> str | None:
        header = environ.get("HTTP_AUTHORIZATION")
        if header is not None:
            return header[7:] if header.startswith("Bearer ") else None
        if environ.get("HTTP_SEC_FETCH_SITE") != "same-origin":
            return None
        try:
            kept = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(self._cookie)
        except CookieError:
            return None
        return kept.value if kept is not None else None


def attach(app: Flask) -> None:
    """Put the short way before the application."""
    app.wsgi_app = ShortWay(app, app.wsgi_app)
