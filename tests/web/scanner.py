"""A USB scanner: types a code faster than any hand, by the clock of the browser, on however slow a machine."""

from time import time

from playwright.sync_api import Page

KEY_EVERY = 0.01  # s
ENTER = {"key": "Enter", "code": "Enter", "text": "\r", "windowsVirtualKeyCode": 13}


def types(page: Page, text: str) -> None:
    """Give a code to the page, then Enter.

    Every key carries its moment: a page that tells scanners from hands by their speed would else take this one for
    a hand whenever the machine is busy.
    """
    browser = page.context.new_cdp_session(page)
    began = time()
    for number, key in enumerate([*map(_key, text), ENTER]):
        moment = {"timestamp": began + number * KEY_EVERY}
        browser.send("Input.dispatchKeyEvent", {"type": "keyDown", **key, **moment})
        browser.send("Input.dispatchKeyEvent", {"type": "keyUp", **key, "text": "", **moment})
    browser.detach()


def _key(character: str) -> dict[str, str | int]:
    place = {" ": "Space"}.get(character, f"Key{character.upper()}" if character.isalpha() else "")
    number = ord(character.upper()) if character.isalnum() or character == " " else 0
    return {"key": character, "code": place, "text": character, "windowsVirtualKeyCode": number}
