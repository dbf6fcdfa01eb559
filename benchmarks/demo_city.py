"""A small demo city with its watcher, and its officer in a real Chromium: shared by benchmarks of the map.

>>> with demo_city(scale=0.2, days=16) as settings, officer_of(settings) as (page, officer):
...     sign_in(page, officer)
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from entry_service import clock, create_app
from entry_service.commands.demo import hotspots_command
from entry_service.commands.watcher import ROOT, Watcher
from entry_service.core.time_codes import code_of, read_secret, step_of
from entry_service.demo.build import build
from entry_service.services import open_services
from entry_service.settings import Settings
from tests.web.browser import chromium, desktop, serving

LONGEST_S = 600


@contextmanager
def demo_city(*, scale: float, days: int) -> Iterator[Settings]:
    """Build the city, analyse it once, and keep its watcher running."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = {"secure_cookies": False, "secret": "a secret of the benchmark, forty characters."}
        settings = Settings(var=Path(folder) / "var", demo=True, sms="simulator", **chosen)
        build(settings, now=clock.now(), scale=scale, days=days)
        subprocess.run([sys.executable, *hotspots_command(settings)], cwd=ROOT, check=True, capture_output=True)
        watcher = Watcher(settings)
        try:
            yield settings
        finally:
            watcher.close()


@contextmanager
def officer_of(settings: Settings) -> Iterator[tuple[Page, dict[str, str]]]:
    """Serve the city, and give a page of an office computer and what its officer signs in with."""
    people = json.loads((settings.var / "demo" / "sign-ins.json").read_text(encoding="utf-8"))
    officer = next(one for one in people if one["role"] == "officer")
    services = open_services(settings, clock.now())
    try:
        with serving(create_app(settings, services)) as origin, chromium() as browser:
            page = desktop(browser, origin)
            page.set_default_timeout(1_000 * LONGEST_S)
            page.set_default_navigation_timeout(1_000 * LONGEST_S)
            yield page, officer
    finally:
        services.close()


def sign_in(page: Page, officer: dict[str, str]) -> None:
    """Sign in as the demo's officer and be led to the map."""
    page.goto("/officer")
    page.get_by_label("아이디").fill(officer["login"])
    page.get_by_label("비밀번호").fill(officer["password"])
    page.get_by_role("button", name="로그인", exact=True).click()
    secret = read_secret(officer["factor_secret"])
    page.get_by_label("인증 코드").fill(code_of(secret, step_of(clock.now())))
    page.get_by_role("button", name="로그인", exact=True).click()
    page.wait_for_url("**/officer")
