"""What the tests at the door share: a clock that runs, a browser before the page, and how staff use it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, Locator, Page, expect

from entry_service.core.model import Device, Profile, Scan
from entry_service.services import Services
from entry_service.store.log import scans
from entry_service.store.sites import devices
from entry_service.web.frame.sessions import token_hash

from ..browser import phone
from ..conftest import TOKENS

PIN = "482913"
HEARD = """(() => {
  window.said = [];
  addEventListener("DOMContentLoaded", () => {
    const voice = document.getElementById("said");
    new MutationObserver(() => voice.textContent && window.said.push(voice.textContent))
      .observe(voice, { childList: true, characterData: true });
  });
})()"""  # everything a screen reader is given to say
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
    """Return every row of the log, refused and undone ones too."""
    with services.store.read() as db:
        return scans.scans_between(
            db, None, PRESENT - timedelta(days=30), PRESENT + timedelta(days=30), refused=True, uncounted=True
        )


def verdict(page: Page) -> Locator:
    """Return the panel of the verdict."""
    return page.locator("#verdict")


def sees(page: Page, tone: str, word: str) -> None:
    """Wait until the door says this."""
    expect(verdict(page)).to_have_attribute("data-tone", tone)
    expect(page.locator('[data-part="word"]')).to_have_text(word)


def becomes(services: Services, now: datetime, *, profile: Profile = "desk", zone: str = "") -> str:
    """Enrol another device at the first facility and return its token."""
    token = f"token-of-{profile}-{zone}"
    device = Device(device_id=f"D-{profile}{zone}", facility_id="GP-001", name="후문", profile=profile, zone=zone)
    services.store.write(lambda db: devices.add(db, device, token_hash(token), now))
    return token


def is_full(services: Services, capacity: int = 0) -> None:
    """Let the first facility take in so many and no more."""
    services.store.write(lambda db: db.exec_driver_sql(f"UPDATE facilities SET capacity = {capacity:d}"))
    services.forget_facilities()


def type_pin(page: Page, pin: str) -> None:
    """Type a PIN into the open dialog, as a thumb does."""
    page.locator("#pin").fill(pin)
    page.keyboard.press("Enter")


def typed_by_staff(page: Page, code: str) -> None:
    """Type what a visitor reads out into the field, and Enter."""
    page.locator("#code").fill(code)
    page.locator("#code").press("Enter")


def quiet(page: Page) -> None:
    """Wait until the page has its keys and knows who is inside."""
    expect(page.locator("#inside")).to_have_attribute("data-known", "true")
