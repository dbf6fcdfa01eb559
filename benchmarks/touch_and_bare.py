"""Every page under a thumb, and every page without its style sheets: what cannot be hit, what makes no sense?

    python benchmarks/touch_and_bare.py [--only TEXT] [--pictures FOLDER]

A furnished service in a real Chromium. Touch: a phone of 390 pixels with a touch screen and without a mouse; every
control is as large as KWCAG 2.2 asks (24 pixels; at the door 44), lies under the middle of its own box when it is
tapped, and shows without hovering; fingers may zoom. Bare: all style sheets are blocked; reading order and words
stay, no picture fills the screen, what scripts hide stays hidden. Prints what is wrong with which page and the
figures; exit code 1 where anything is.
"""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page

from tests.web import accessible, furnished
from tests.web.browser import chromium, phone
from tests.web.conftest import PASSWORD, Clock
from tests.web.town import CAMERA, Town, open_town, walk

INSIDE = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
DOOR, AT_THE_DOOR = 44, ("/staff", "/field")
"""CSS pixels that we ask for where people stand and hold something, and where that is."""


def by_touch(page: Page, rule: str) -> list[tuple[str, str]]:
    """Return (check, sentence) of what a finger cannot do."""
    page.evaluate(INSIDE)
    found = [("small", one) for one in accessible.small_targets(page)]
    if rule in AT_THE_DOOR:
        found += [("small at the door", one) for one in accessible.small_targets(page, DOOR)]
    found += [("touch", one) for one in page.evaluate("() => touching.complaints()")]
    return found


def by_hand(town: Town, browser: Browser) -> list[tuple[str, str]]:
    """Do with a finger what a mouse does on the map: what did not answer?"""
    found = []
    page = finger(town, browser, "officer")
    page.goto("/officer")
    page.wait_for_selector("body[data-ready=map]")
    title, box = page.locator("#unit-code"), page.locator("#map").bounding_box()
    before = title.inner_text()
    for across in (0.3, 0.5, 0.7):  # somewhere there is another unit
        page.locator("#map").scroll_into_view_if_needed()
        box = page.locator("#map").bounding_box()
        page.touchscreen.tap(box["x"] + across * box["width"], box["y"] + box["height"] / 2)
        page.wait_for_timeout(500)
    found += [("touch", "a tap on the map chooses nothing")] * (title.inner_text() == before)
    scale = page.locator(".leaflet-control-scale-line").inner_text()
    for _ in range(3):
        page.locator(".leaflet-control-zoom-in").tap()
        page.wait_for_timeout(400)
    still = page.locator(".leaflet-control-scale-line").inner_text() == scale
    found += [("touch", "the button of the map does not zoom")] * still
    hour = page.locator("#time-hour")
    was = hour.input_value()
    page.locator("#time-forward").tap()
    found += [("touch", "the hour needs a drag")] * (hour.input_value() == was)
    page.locator("label:has([name=layer][value=risk])").tap()
    chosen = page.locator("[name=layer][value=risk]").is_checked()
    found += [("touch", "a tap does not choose a layer")] * (not chosen)
    page.context.close()
    return found


def finger(town: Town, browser: Browser, who: str) -> Page:
    """Return a page of a phone with a touch screen and the clock of the service, as somebody."""
    page = phone(browser, town.origin, has_touch=True, is_mobile=True)
    page.context.add_cookies(town.cookies_of(who, "ko"))
    page.clock.install(time=Clock()())
    return page


def bare(page: Page) -> list[tuple[str, str]]:
    """Return (check, sentence) of what is confusing without style sheets."""
    page.evaluate(INSIDE)
    return [("bare", one) for one in page.evaluate("() => touching.bare()")]


def sweep(town: Town, browser: Browser, only: str, pictures: Path | None) -> tuple[int, Counter]:
    """Look at every page once as everybody; return how many readings, and what was found by which check."""
    counts: Counter[str] = Counter()
    read = 0
    for rule, who, _ in walk():
        if only not in rule.rule:
            continue
        address = furnished.address(rule, town.known)
        for style in (True, False):
            page = finger(town, browser, who)
            if not style:
                page.route("**/*.css", lambda route: route.abort())
            page.goto(address)
            page.wait_for_load_state("load")
            page.wait_for_timeout(150)
            found = by_touch(page, rule.rule) if style else bare(page)
            for check, sentence in dict.fromkeys(found):
                counts[check] += 1
                print(f"{rule.rule} ({who}) {check}: {sentence}", flush=True)
            if pictures and not style:
                page.set_viewport_size({"width": 390, "height": 3_000})
                name = f"{who}{rule.rule}".translate(str.maketrans("/<>:", "____"))
                page.screenshot(path=pictures / f"{name}.png")
            page.context.close()
            read += 1
    return read, counts


def main() -> None:
    """Print what is wrong and the figures."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--only", default="", help="pages whose route has this in it")
    ask.add_argument("--pictures", type=Path, help="where pictures of the bare pages go, to look at")
    given = ask.parse_args()
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    if given.pictures:
        given.pictures.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_town(Path(folder) / "var", hashed) as town,
        chromium(*CAMERA) as browser,
    ):
        read, counts = sweep(town, browser, given.only, given.pictures)
        for check, sentence in by_hand(town, browser) if not given.only else []:
            counts[check] += 1
            print(f"by hand {check}: {sentence}")
    print(f"readings {read}, found {sum(counts.values())} {dict(counts)}")
    sys.exit(1 if counts else 0)


if __name__ == "__main__":
    main()
