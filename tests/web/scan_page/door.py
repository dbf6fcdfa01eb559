"""What the tests at the door share: a clock that runs, a browser before the page, and how staff use it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, Locator, Page, expect

from entry_service.core.model import Scan
from entry_service.services import Services
from entry_service.store import scans

from ..browser import phone
from ..conftest import TOKENS

PRESENT = datetime(2020, 8, 25, 9, 0, tzinfo=UTC)
NO_ED25519 = """(() => {
  const real = SubtleCrypto.prototype.importKey;
  window.ed25519Refused = 0;
  SubtleCrypto.prototype.importKey = function (format, raw, algorithm, ...rest) {
    if ((algorithm.name ?? algorithm) !== "Ed25519") return real.call(this, format, raw, algorithm, ...rest);
    window.ed25519Refused += 1;
    return Promise.reject(new DOMException("Unrecognized name.", "NotSupportedError"));
  };
})()"""


def at_the_door(
    browser: Browser,
    origin: str,
    *,
    look: Callable = phone,
    token: str | None = TOKENS["GP-001"],
    script: str | None = None,
    before: Callable[[Page], None] | None = None,
) -> Page:
    """Open the scan page in a browser of its own; ``script`` runs in the page first, ``before`` may set routes."""
    page = look(browser, origin)
    if token:
        page.context.add_cookies([{"name": "device", "value": token, "url": origin}])
    if script:
        page.add_init_script(script)
    if before:
        before(page)
    page.goto("/staff")
    return page


def rows(services: Services) -> list[Scan]:
    """Return every row of the log, refused ones too."""
    with services.store.read() as db:
        return scans.scans_between(
            db, None, PRESENT - timedelta(days=30), PRESENT + timedelta(days=30), refused=True
        )


def verdict(page: Page) -> Locator:
    """Return the panel of the verdict."""
    return page.locator("#verdict")


def sees(page: Page, tone: str, word: str) -> None:
    """Wait until the door says this."""
    expect(verdict(page)).to_have_attribute("data-tone", tone)
    expect(page.locator('[data-part="word"]')).to_have_text(word)


def types(page: Page, text: str) -> None:
    """Type as a USB scanner does: fast, then Enter."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def quiet(page: Page) -> None:
    """Wait until the page has its keys and knows who is inside."""
    expect(page.locator("#inside")).to_have_attribute("data-known", "true")
