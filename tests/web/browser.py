"""A real Chromium against a real server, and axe's judgement of a page: shared by every browser test.

>>> with serving(app) as origin, chromium() as browser:
...     page = phone(browser, origin)
...     page.goto("/login")
...     assert axe_violations(page) == []
"""

import atexit
import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Self

from flask import Flask
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright
from werkzeug.serving import make_server

from entry_service.web.frame.vendor import NODE_MODULES

AXE = NODE_MODULES / "axe-core" / "axe.min.js"  # for tests only: nothing of it is served
ARGUMENTS = ["--no-sandbox", "--disable-background-networking"]
PATIENCE = (
    30_000  # ms; how long a page may take on a machine that has other things to do; a green test waits for none
)
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
expect.set_options(timeout=PATIENCE)


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve the application on a free port of this machine and give its origin."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, closing_bodies(app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def closing_bodies(app: Flask) -> Callable[..., Iterator[bytes]]:
    """Return the application with bodies that are closed whatever happens.

    Werkzeug's server forgets to close a file whose reader went away in the middle, as a browser does that leaves a
    page while a font is still on its way; the warning about it would fail whichever test comes next.
    """

    def call(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        body = app(environ, start_response)

        def parts() -> Iterator[bytes]:
            try:
                yield from body
            finally:
                getattr(body, "close", lambda: None)()

        return parts()

    return call


@cache
def playwright() -> Playwright:
    """Return the only Playwright of this process, which a thread cannot have twice; it stops with the process."""
    started = sync_playwright().start()
    atexit.register(started.stop)
    return started


def start_chromium(*arguments: str) -> Browser:
    """Start this machine's own Chromium; ``arguments`` are added, for example a fake camera."""
    return playwright().chromium.launch(executable_path=chromium_path(), args=[*ARGUMENTS, *arguments])


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """Start a Chromium, and close it in the end."""
    browser = start_chromium(*arguments)
    yield browser
    browser.close()


class KeptChromium:
    """A Chromium for many tests, started when the first asks for it, and anew after it has crashed."""

    def __init__(self, *arguments: str) -> None:
        self.arguments = arguments
        self.started: Browser | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.started is not None:
            self.started.close()

    @contextmanager
    def lent(self) -> Iterator[Browser]:
        """Lend it to a test; what the test leaves open is closed, or it would go on working for nobody."""
        if self.started is None or not self.started.is_connected():
            self.started = start_chromium(*self.arguments)
        before = self.started.contexts
        yield self.started
        if self.started.is_connected():
            for context in self.started.contexts:
                if context not in before:
                    context.close()


def chromium_path() -> str:
    """Return where this machine's Chromium is."""
    names = [os.environ.get("CHROME", ""), "chromium", "chromium-browser", "google-chrome"]
    path = next((found for name in names if name and (found := shutil.which(name))), None)
    assert path, "no Chromium: `make test` installs one, or set CHROME to its path"
    return path


def phone(browser: Browser, origin: str, **options: Any) -> Page:
    """Open a page as a Korean phone sees it; it fails on console errors (a refused style or script is one).

    Without ``service_workers="allow"`` none is registered, so that a test sees what the service sends now.
    """
    return _page(browser, origin, PHONE, **{"device_scale_factor": 2, **options})


def desktop(browser: Browser, origin: str, **options: Any) -> Page:
    """Open a page as an office computer sees it."""
    return _page(browser, origin, DESKTOP, **options)


def _page(browser: Browser, origin: str, size: dict[str, int], **options: Any) -> Page:
    options = {"locale": "ko-KR", "timezone_id": "Asia/Seoul", "service_workers": "block", **options}
    context = browser.new_context(base_url=origin, viewport=size, **options)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


def axe_violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong with the page: rule, help and the first place of each."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {rule['help']} at {rule['nodes'][0]['target']} ({len(rule['nodes'])})"
        for rule in found["violations"]
    ]


def too_wide(page: Page) -> bool:
    """Say whether the page must be scrolled sideways, which no page may ask for."""
    return page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth")


def screenshots(page: Page, folder: Path, name: str) -> Path:
    """Keep a picture of the whole page for a person to look at."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path
