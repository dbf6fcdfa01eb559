"""Walk the main journeys as somebody who hears them: what would a screen reader say, and what not?

    python benchmarks/screen_reader_walk.py [--only door] [--everywhere]

Each journey opens pages of a furnished service in a real Chromium, reads them by Tab and in browse order from the
browser's own accessibility tree (tests/web/spoken.py), and acts; after each act it writes what the focus and live
regions say, and what changed in silence. ``--everywhere`` reads every page of the service instead, without acting.
Prints the transcript and, behind ``!!``, what a listener stumbles over; exit code 1 where there is any.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page

from tests.demo.layer_fixture import add_layers
from tests.web import furnished
from tests.web.browser import chromium, desktop, phone
from tests.web.conftest import PASSWORD, Clock
from tests.web.spoken import Ear
from tests.web.town import CAMERA, DEVICE, NOBODY, Town, open_town, walk

NAME, PHONE = "시험방문자", "010-0391-4826"
FRAME = ("본문", "바닥글")
"""Between these the page is its own; the frame around it is the same everywhere and read once."""


class Walk:
    """Somebody who goes through pages by ear; what was heard is printed, and what was bad is counted."""

    def __init__(self, town: Town, browser: Browser) -> None:
        self.town, self.browser = town, browser
        self.bad: Counter[str] = Counter()
        self.lines = self.stops = self.pages = 0
        self.frame_read = False
        self.code = ""

    def enter(self, who: str, path: str, size: Callable = phone, language: str = "ko", ready: str = "") -> Page:
        """Open a page as somebody, with the clock of the service, and read it."""
        self.page = size(self.browser, self.town.origin)
        self.page.context.add_cookies(self.town.cookies_of(who, language))
        self.page.clock.install(time=Clock()())
        self.ear = Ear(self.page)
        self.go(path, ready)
        return self.page

    def go(self, path: str, ready: str = "") -> None:
        """Open another page as the same."""
        self.page.goto(path)
        self.page.wait_for_selector(ready or "body")
        print(f"\n===== {path} =====")
        self.ear.heard()
        self.read()

    def read(self) -> None:
        """Read the page, by browse order and by Tab."""
        said, by_tab = self.ear.browse(), self.ear.tab()
        self.lines, self.stops, self.pages = self.lines + len(said), self.stops + len(by_tab), self.pages + 1
        lines = [one.line for one in said]
        if self.frame_read:
            kinds = [line.partition(":")[0] for line in lines]
            begin, end = (kinds.index(word) if word in kinds else None for word in FRAME)
            lines = lines[begin:end]
        self.frame_read = True
        print(*(f"  {line}" for line in lines), sep="\n")
        print("  Tab:", " | ".join(one.line for one in by_tab))
        for wrong in self.ear.complaints(said, by_tab):
            self.complain(wrong)
        self.ear.heard(0)

    def does(self, what: str, act: Callable[[], object], wait_ms: int = 700) -> None:
        """Act, and print what is heard of it."""
        print(f"  > {what}")
        self.ear.heard(0)
        act()
        said = self.ear.heard(wait_ms)
        print(*(f"      {line}" for line in said or ["(nothing is said)"]), sep="\n")

    def asks(self, what: str, opener: str, leave: Callable[[], object]) -> None:
        """Open a dialog and leave it: the focus must go in, and come back to what opened it."""
        page = self.page
        self.does(f"opens {what}", lambda: (page.locator(opener).focus(), page.keyboard.press("Enter")))
        if not page.evaluate("() => Boolean(document.activeElement?.closest('dialog'))"):
            self.complain(f"the focus does not go into {what}")
        at = self.ear.focused()
        print(f"      at {at.line if at else 'the page'}")
        self.does(f"leaves {what}", leave)
        if not page.locator(opener).evaluate("(one) => one === document.activeElement"):
            self.complain(f"the focus does not come back from {what}")

    def complain(self, wrong: str) -> None:
        """Print and count what is bad."""
        self.bad[wrong.partition(":")[0]] += 1
        print(f"  !! {wrong}", flush=True)


def fill(page: Page) -> None:
    """Fill the form of pass or poster."""
    page.locator("#consent").check()
    page.locator("#name").fill(NAME)
    page.locator("#phone").fill(PHONE)


def visitor(walk: Walk) -> None:
    """Come to the front page, get a pass, enter by a poster, leave by the ticket."""
    page = walk.enter(NOBODY, "/")
    walk.go("/pass")
    button = page.get_by_role("button", name="출입증 받기")
    walk.does("asks for a pass without filling anything", button.click)
    fill(page)
    walk.does("asks for a pass", button.click, 2_500)
    walk.read()
    walk.code = page.locator("#pass-typed").inner_text()
    walk.does("waits for the next code", lambda: page.clock.fast_forward(31_000))
    page.context.clear_cookies(name="ticket")
    walk.go(f"/E/{walk.town.known['poster']}")
    button = page.get_by_role("button", name="입장 등록")
    walk.does("enters without filling anything", button.click)
    fill(page)
    walk.does("enters", lambda: (button.click(), page.wait_for_url("**/ticket")))
    walk.read()
    walk.does("stops the band", page.get_by_role("button", name="띠 멈추기").click)
    walk.does("waits for some seconds", lambda: page.clock.fast_forward(5_000))
    walk.does("leaves", page.get_by_role("button", name="퇴장 등록").click, 1_500)
    walk.read()
    walk.go("/places")
    walk.go("/my")
    walk.go("/pass/notice")


def public(walk: Walk) -> None:
    """Read the public map."""
    walk.enter(NOBODY, "/map")
    walk.go("/map/history")


def door(walk: Walk) -> None:
    """Stand at the door: a pass typed in, a code that is none, everyone out, a slip."""
    page = walk.enter(DEVICE, "/staff")
    code = page.locator("#code")
    walk.does("types the code of a pass", lambda: (code.fill(walk.code), code.press("Enter")), 2_000)
    walk.does("types it again", lambda: (code.fill(walk.code), code.press("Enter")), 2_000)
    walk.does("types a code that is none", lambda: (code.fill("AAAAA-AAAAA"), code.press("Enter")), 2_000)
    walk.does("reads nothing for a while", lambda: page.clock.fast_forward(20_000))
    walk.does("adds a person", page.get_by_role("button", name="다음 인원 늘리기").click)
    walk.does("takes the person away", page.get_by_role("button", name="다음 인원 줄이기").click)
    walk.does("turns on looking only", page.locator("#look").click)
    walk.does("turns it off", page.locator("#look").click)
    walk.asks("everyone out", "#everyone-out", lambda: page.keyboard.press("Escape"))
    walk.asks("a slip", "#slip-open", lambda: page.keyboard.press("Escape"))
    walk.does("opens the slip again", page.locator("#slip-open").click)
    walk.does("saves it empty", page.locator("#slip-dialog button.button-primary").first.click)
    walk.does("closes it", lambda: page.keyboard.press("Escape"))
    walk.does("is offline", lambda: page.context.set_offline(True), 1_500)
    walk.does("types the code while offline", lambda: (code.fill(walk.code), code.press("Enter")), 2_000)
    walk.does("is online again", lambda: page.context.set_offline(False), 2_500)
    walk.read()


def manager(walk: Walk) -> None:
    """Read the start page of a facility, and add a zone without its name."""
    page = walk.enter("manager", "/manager", desktop)
    walk.does("waits for a minute", lambda: page.clock.fast_forward(61_000), 1_500)
    walk.does("opens the table of hours", page.locator("main details:has(table) summary").first.click)
    walk.go("/manager/GP-001/zones")
    walk.go("/manager/GP-001/devices")


def officer(walk: Walk) -> None:
    """Read the map and move over it, the cases, one case, the watch list, a plan, which is sent out."""
    page = walk.enter("officer", "/officer", desktop, ready="body[data-ready=map]")
    walk.does("sorts the table", page.locator("#layer-rows thead button").nth(1).click)
    walk.does("turns the page of the table", page.locator("#page-forward").click)
    walk.does("chooses another layer", page.locator("label:has([name=layer][value=risk])").click)
    walk.does("moves over the map", lambda: (page.locator("#map").focus(), page.keyboard.press("ArrowRight")))
    walk.does("chooses the unit", lambda: page.keyboard.press("Enter"), 1_200)
    walk.does("goes an hour on", page.locator("#time-forward").click)
    walk.does("moves the slider", lambda: (page.locator("#time-hour").focus(), page.keyboard.press("ArrowLeft")))
    walk.does("searches", lambda: page.locator("#search").press_sequentially("금정"))
    walk.does("goes through what was found", lambda: page.keyboard.press("ArrowDown"))
    walk.does("chooses it", lambda: page.keyboard.press("Enter"), 1_200)
    walk.go("/officer/cases")
    walk.go(f"/officer/cases/{walk.town.known['case_id']}")
    walk.go(f"/officer/cases/{walk.town.known['case_id']}/contacts")
    walk.go("/officer/watch")
    walk.go("/officer/plans/plan-1")
    walk.does("gives it to an account", page.get_by_role("button", name="배정").first.click, 1_500)
    walk.does("sends the plan", page.get_by_role("button", name="조에 보내기").click, 1_500)


def field(walk: Walk) -> None:
    """Work through the checklist of the plan that was sent."""
    page = walk.enter("field", "/field", ready="#stops li")
    opened = page.locator("[data-part=open]").first
    walk.does("opens a stop", opened.click)
    walk.does("saves it empty", page.locator(".field-form button.button-primary").first.click)
    walk.does("says it is done", lambda: page.locator("input[name=state][value=done]").first.check(force=True))
    walk.does("begins now", page.locator("[data-now=started]").first.click)
    page.locator("select[name=agent]").first.select_option(index=1)
    page.locator("label:has([name=surfaces])").first.click()
    walk.does("saves it", page.locator(".field-form button.button-primary").first.click, 2_500)
    walk.read()


JOURNEYS = {one.__name__: one for one in (visitor, public, door, manager, officer, field)}


def everywhere(walked: Walk) -> None:
    """Read every page as everybody who may open it, in Korean and English."""
    for rule, who, languages in walk():
        for language in (one for one in ("ko", "en") if one in languages):
            walked.enter(who, furnished.address(rule, walked.town.known), language=language)
            walked.page.context.close()


def main() -> None:
    """Print the transcript and the figures."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--only", choices=JOURNEYS, action="append", help="this journey only; may be repeated")
    ask.add_argument("--everywhere", action="store_true", help="read all pages instead")
    given = ask.parse_args()
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_town(Path(folder) / "var", hashed) as town,
        chromium(*CAMERA) as browser,
    ):
        add_layers(Path(folder) / "var" / "results" / "run-1")
        walked = Walk(town, browser)
        if given.everywhere:
            everywhere(walked)
        for name in [] if given.everywhere else given.only or JOURNEYS:
            print(f"\n########## {name}: {JOURNEYS[name].__doc__.splitlines()[0]}")
            JOURNEYS[name](walked)
    print(f"\npages {walked.pages}, lines {walked.lines}, stops of Tab {walked.stops}, found {dict(walked.bad)}")
    sys.exit(1 if walked.bad else 0)


if __name__ == "__main__":
    main()
