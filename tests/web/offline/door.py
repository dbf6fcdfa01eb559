"""What the tests without network share: a service that goes down and comes back at its address, and its doors."""

import io
import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Any, Self

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import BaseWSGIServer, make_server

from entry_service.core.model import Scan
from entry_service.services import Services

from ..browser import PATIENCE, PHONE, closing_bodies
from ..camera import Phone, phone_with_pass
from ..conftest import TOKENS
from ..scan_page import door

QUEUED = """async () => {
  const { DoorStore } = await import("/static/js/door/store.js");
  return new DoorStore().list("GP-001");
}"""


class Town:
    """A service on one port, and contexts of a browser that are closed in the end."""

    def __init__(self, app: Flask, services: Services, browser: Browser) -> None:
        self.app, self.services, self.browser = app, services, browser
        self.port, self.contexts = 0, []
        self.posts: list[tuple[str, dict[str, Any]]] = []
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
                self.posts.append((environ["PATH_INFO"], body_of(environ)))
            if self.middle is not None:
                return self.middle(application, environ, start_response)
            return application(environ, start_response)

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
        context.set_default_timeout(PATIENCE)
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
    expect(page.locator("html")).to_have_attribute("data-offline", "ready", timeout=60_000)


def queued(page: Page) -> list[dict[str, Any]]:
    """Return what the device still keeps, as staff may see it."""
    return page.evaluate(QUEUED)


def waits(page: Page, count: int, timeout: float = 60) -> None:
    """Wait until so many items are on this device's disk and not answered."""
    until = monotonic() + timeout
    while (found := len(queued(page))) != count:
        assert monotonic() < until, f"{found} items wait, not {count}"
        page.wait_for_timeout(200)


def fill(page: Page, text: str, count: int, at: datetime) -> None:
    """Put many scans into the queue of this device, as a long time without network leaves them."""
    given = {"text": text, "count": count, "at": at.isoformat()}
    page.evaluate(
        """async ({ text, count, at }) => {
          const { DoorStore } = await import("/static/js/door/store.js");
          const store = new DoorStore();
          const clock = (await store.kept("clock"))?.value.offset ?? 0;
          for (let n = 0; n < count; n++) {
            const scan_id = `left-over-${String(n).padStart(5, "0")}`;
            const item = { scan_id, text, direction: "in", scanned_at: at, gate: "정문" };
            const facts = { id: scan_id, kind: "scan", at: Date.parse(at), facility: "GP-001" };
            await store.add({ ...facts, clock: { offset: clock, jump: 0 }, item });
          }
        }""",
        given,
    )


def drained(page: Page, timeout: float = 90) -> None:
    """Wait until nothing waits on this device any more (seconds)."""
    waits(page, 0, timeout)


def body_of(environ: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON body of a request, which can be read again afterwards."""
    raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(raw)
    return json.loads(raw) if environ.get("CONTENT_TYPE") == "application/json" else {}


def hang_up(environ: dict[str, Any]) -> None:
    """Close the connection of a request without a word."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError


def swallow(application: Callable[..., Any], environ: dict[str, Any]) -> None:
    """Let the service do what is asked and lose its answer on the way."""
    answer = application(environ, lambda *_: None)
    list(answer)
    hang_up(environ)


def phones(services: Services, clock: Callable[[], datetime], count: int) -> list[Phone]:
    """Return so many visitors' phones."""
    return [phone_with_pass(services, clock(), seed=f"visitor {number}".encode()) for number in range(count)]


def in_the_log_once(town: Town) -> set[str]:
    """Return the scan_ids in the log after a look that none is there twice."""
    counted = Counter(row.scan_id for row in town.rows())
    assert max(counted.values(), default=1) == 1
    return set(counted)
