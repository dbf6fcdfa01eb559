"""Every page of the service, in Korean and English, on a phone and on an office screen: what is not accessible?

    python benchmarks/accessibility_sweep.py [--only TEXT] [--sizes 390 1440]

A furnished service and a real Chromium; each page is opened once a language as everybody who may open it. axe-core
judges it at each width, besides: size of targets, focus, names, errors, tables, movement, wider spacing of text,
zoom of 200 and 400 % (tests/web/accessible.py), and the way of the keyboard, key by key. Prints what is wrong with
which page, then pages, readings and what was found by each check; exit code 1 where anything was.
"""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from argon2 import PasswordHasher
from playwright.sync_api import Page

from tests.web import accessible, furnished
from tests.web.browser import axe_violations, chromium, phone, too_wide
from tests.web.conftest import PASSWORD
from tests.web.town import CAMERA, Town, open_town, walk

LANGUAGES = ("ko", "en")
MOST_KEYS = 400
HEIGHT = 900
ACTIVE = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const box = one.getBoundingClientRect();
  const seen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  one.dataset.reached = (Number(one.dataset.reached ?? 0) + 1).toString();
  return {seen, again: one.dataset.reached !== '1', what: one.outerHTML.slice(0, 90)};
}"""


def by_keyboard(page: Page) -> list[str]:
    """Press Tab through the page: what has the focus must lie in the window, and the way must have an end."""
    found, reached = [], 0
    page.emulate_media(reduced_motion="reduce")  # what has the focus is scrolled to at once
    page.evaluate("() => { scrollTo(0, 0); document.querySelector('a[href], button, input')?.focus(); }")
    while reached < MOST_KEYS:
        at = page.evaluate(ACTIVE)
        if at is None or at["again"]:
            break
        reached += 1
        if not at["seen"]:
            found.append(f"the focus lies outside of the window: {at['what']}")
        page.keyboard.press("Tab")
    if reached == MOST_KEYS:
        found.append("the keyboard finds no end")
    return found or (["nothing is reached by keyboard"] if reached < 2 else [])


def judge(page: Page, sizes: list[int]) -> list[tuple[str, str]]:
    """Return (check, sentence) of everything that is wrong with the open page."""
    found = []
    for width in sizes:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found += [("axe", one) for one in axe_violations(page)]
        found += [("width", f"too wide at {width}")] * too_wide(page)
        for name, check in accessible.CHECKS.items():
            found += [(name, f"{one} (at {width})") for one in check(page)]
    found += [("keyboard", one) for one in by_keyboard(page)]
    return found


def sweep(town: Town, only: str, sizes: list[int]) -> tuple[int, int, Counter]:
    """Read all pages; return how many there are, how often one was read, and what was found by which check."""
    pages: set[str] = set()
    counts: Counter[str] = Counter()
    read = 0
    with chromium(*CAMERA) as browser:
        for rule, who, languages in walk():
            if only not in rule.rule:
                continue
            page = phone(browser, town.origin)
            pages.add(rule.rule)
            for language in (one for one in LANGUAGES if one in languages):
                page.context.clear_cookies()
                page.context.add_cookies(town.cookies_of(who, language))
                page.goto(furnished.address(rule, town.known))
                page.wait_for_load_state("load")
                read += 1
                for check, sentence in dict.fromkeys(judge(page, sizes)):
                    counts[check] += 1
                    print(f"{rule.rule} ({who}, {language}) {check}: {sentence}", flush=True)
            page.context.close()
    return len(pages), read, counts


def main() -> None:
    """Print what is wrong and the figures."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--only", default="", help="pages whose route has this in it")
    ask.add_argument("--sizes", type=int, nargs="+", default=[390, 1440], help="widths in CSS pixels")
    given = ask.parse_args()
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with tempfile.TemporaryDirectory() as folder, open_town(Path(folder) / "var", hashed) as town:
        pages, read, counts = sweep(town, given.only, given.sizes)
    print(f"pages {pages}, readings {read}, widths {given.sizes}, found {sum(counts.values())} {dict(counts)}")
    sys.exit(1 if counts else 0)


if __name__ == "__main__":
    main()
