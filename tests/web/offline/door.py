"""What the tests without network share: a service that goes down and comes back at its address, and its doors."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Self

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import BaseWSGIServer, make_server

from entry_service.core.model import Scan
from entry_service.services import Services

from ..browser import PHONE, closing_bodies
from ..conftest import TOKENS
from ..scan_page import door

PRESENT = datetime(2020, 8, 25, 9, 0, tzinfo=UTC)
QUEUED = """async () => {
  const { DoorStore } = await import("/static/js/door-store.js");
  return new DoorStore().list("GP-001");
}"""


class Town:
    """A service on one port, and contexts of a browser that are closed in the end."""

    def __init__(self, app: Flask, services: Services, browser: Browser) -> None:
        self.app, self.services, self.browser = app, services, browser
        self.port, self.posts, self.contexts = 0, [], []
        self.server: BaseWSGIServer | None = None
        self.middle: Callable[..., Any] | None = None  # what lies between door and service

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        for context in self.contexts:
            context.close()
        self.stop()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve, at the address of before."""
        self.server = make_server("127.0.0.1", self.port, self._counting(closing_bodies(self.app)), threaded=True)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Go down: nobody listens at the port any more."""
        if self.server is not None:
            self.server.shutdown()
            self.thread.join()
            self.server.server_close()
            self.server = None

    @contextmanager
    def down(self) -> Iterator[None]:
        self.stop()
        yield
        self.start()

    def _counting(self, application: Callable[..., Any]) -> Callable[..., Any]:
        def call(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            if environ["REQUEST_METHOD"] == "POST":
                self.posts.append(environ["PATH_INFO"])
            return (self.middle or application)(environ, start_response)

        return call

    def context(
        self, *, token: str | None = TOKENS["GP-001"], script: str = "", workers: str = "allow"
    ) -> BrowserContext:
        """Return a browser of its own that is enrolled as a door."""
        context = self.browser.new_context(
            base_url=self.origin,
            viewport=PHONE,
            locale="ko-KR",
            timezone_id="Asia/Seoul",
            service_workers=workers,
        )
        context.set_default_timeout(15_000)
        if token:
            context.add_cookies([{"name": "device", "value": token, "url": self.origin}])
        if script:
            context.add_init_script(script)
        self.contexts.append(context)
        return context

    def door(self, context: BrowserContext | None = None, **how: Any) -> Page:
        """Open the page at the door and wait until it would open again without network."""
        page = (context or self.context(**how)).new_page()
        page.goto("/staff")
        kept(page)
        return page

    def rows(self) -> list[Scan]:
        return door.rows(self.services)


def kept(page: Page) -> None:
    """Wait until the service worker has kept the page and everything it needs."""
    expect(page.locator("html")).to_have_attribute("data-offline", "ready", timeout=30_000)


def queued(page: Page) -> list[dict[str, Any]]:
    """Return what the device still keeps, as staff may see it."""
    return page.evaluate(QUEUED)


def scans(page: Page, text: str) -> None:
    """Give a code to the door as a USB scanner types it, and wait until it is kept or in the log."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def drained(page: Page, timeout: float = 30_000) -> None:
    """Wait until nothing waits on this device any more."""
    page.wait_for_function(f"async () => (await ({QUEUED})()).length === 0", timeout=timeout)


def body(environ: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON body of a request, which can then be read again."""
    import io

    raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(raw)
    return json.loads(raw)
