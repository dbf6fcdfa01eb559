"""The staff page's reader: what the camera shows is read, also where it is unsharp, and nothing is made up."""

import pytest

from benchmarks.degraded_corpus import READ, packed
from benchmarks.degraded_frames import Frame, picture
from entry_service import create_app
from entry_service.core import base45
from entry_service.core.passes import CODE_BYTES
from entry_service.posters.symbol import modules_of

from .browser import serving

TEXT = "EPC1" + base45.encode(bytes(range(CODE_BYTES)))


@pytest.fixture
def reads(browser, settings, services):
    """Return a function that says what the page's worker finds in a frame, seen plain and then sharpened."""
    with serving(create_app(settings, services)) as origin:
        page = browser.new_page()
        page.goto(f"{origin}/login")
        yield lambda *frames: page.evaluate(READ, [packed(picture(frame, modules_of(TEXT))) for frame in frames])
        page.close()


def test_what_plain_reading_misses_is_found_in_the_sharpened_picture(reads):
    unsharp = [Frame("blur", degree, 8 * degree) for degree in (3, 6)]
    clear, blurred = reads(*unsharp)
    assert clear == [TEXT, TEXT]
    assert blurred == [TEXT]  # by the second of the two treatments alone


def test_a_picture_without_a_code_gives_none(reads):
    assert reads(Frame("dark", 16, 1)) == [[]]
