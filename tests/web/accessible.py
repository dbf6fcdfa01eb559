"""What a page owes to people who see, hear or move otherwise, as far as a machine can tell.

Each check returns a sentence for everything that is wrong; none: all is well. axe-core's judgement comes besides
(tests/web/browser.py). They change the page only for as long as they look. docs/accessibility.md names them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from .browser import too_wide

INSIDE = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
LEAST_TARGET = 24  # CSS pixels; KWCAG asks for 6 mm in the diagonal, 22.7 pixels
NARROWEST, ZOOMED = 320, 720  # an office screen of 1,280 at 400 %, of 1,440 at 200 %
SPACED = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }"
SPACED += " p { margin-bottom: 2em !important; }"


def small_targets(page: Page, least: int = LEAST_TARGET) -> list[str]:
    """Return what is too small to hit; a link within a sentence may be as small as its words."""
    return _ask(page, "smallTargets", least)


def hidden_focus(page: Page) -> list[str]:
    """Return what the keyboard reaches without showing it, and what changes the order of the keyboard."""
    return _ask(page, "hiddenFocus")


def facts(page: Page) -> list[str]:
    """Return what is wrong with names, errors, tables, the skip link, movement and sound."""
    return _ask(page, "facts")


def cut_by_spacing(page: Page) -> list[str]:
    """Return what is lost with the wider spacing that readers may set for themselves (WCAG 1.4.12)."""
    page.evaluate(
        """(rules) => { globalThis.spaced = new CSSStyleSheet(); spaced.replaceSync(rules);
        document.adoptedStyleSheets = [...document.adoptedStyleSheets, spaced]; }""",
        SPACED,
    )
    found = _ask(page, "cutText") + ["too wide with wider spacing"] * too_wide(page)
    page.evaluate(
        "() => { document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== spaced); }"
    )
    return found


def lost_by_zoom(page: Page) -> list[str]:
    """Return at which zoom the page must be scrolled sideways (WCAG 1.4.10)."""
    size, found = page.viewport_size, []
    for width in (NARROWEST, ZOOMED):
        page.set_viewport_size({"width": width, "height": size["height"]})
        found += [f"too wide at {width} pixels"] * too_wide(page)
    page.set_viewport_size(size)
    return found


def _ask(page: Page, check: str, *given: Any) -> list[str]:
    page.evaluate(INSIDE)
    return page.evaluate(f"(given) => accessible.{check}(...given)", list(given))


CHECKS: dict[str, Callable[[Page], list[str]]] = {
    "target size": small_targets,
    "focus": hidden_focus,
    "names, errors, tables, movement": facts,
    "text spacing": cut_by_spacing,
    "zoom": lost_by_zoom,
}


def complaints(page: Page) -> list[str]:
    """Return what all checks find."""
    return [found for check in CHECKS.values() for found in check(page)]
