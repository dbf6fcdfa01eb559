"""What a visitor does with the pass page, and what a camera at the door makes of it."""

import io
import json
from datetime import datetime, timedelta

import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from entry_service.core.passes import PassReading, read_pass
from tests.running_clock import RunningClock

NAME, PHONE = "시험방문자", "010-0391-4826"


def later(page: Page, clock: RunningClock, **time_passed: float) -> None:
    """Let time pass for the service and for the phone."""
    clock.passes(**time_passed)
    page.clock.fast_forward(round(timedelta(**time_passed).total_seconds() * 1000))


def fill(page: Page, **changed: str) -> None:
    typed = {"name": NAME, "phone": PHONE, **changed}
    page.get_by_label("위 내용을 확인했으며 동의합니다").check()
    for field, value in typed.items():
        page.locator(f"#{field}").fill(value)


def get_pass(page: Page) -> None:
    page.get_by_role("button", name="출입증 받기").click()
    expect(page.locator("#pass-view")).to_be_visible()


def seen(page: Page) -> zxingcpp.Barcode:
    """Return what a camera reads from a picture of the whole screen."""
    picture = Image.open(io.BytesIO(page.screenshot()))
    [code] = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return code


def accepted(services, page: Page, at: datetime) -> PassReading:
    return read_pass(seen(page).text, at=at, keys=services.public_keys, behind=1, ahead=1)


def typed_code(page: Page) -> str:
    return page.locator("#pass-typed").inner_text()


def kept(page: Page) -> dict:
    return json.loads(page.evaluate("() => JSON.stringify(localStorage)"))


def verify(page: Page, services) -> None:
    page.get_by_role("button", name="인증번호 받기").click()
    expect(page.locator("#verify-code")).to_be_focused()
    page.locator("#verify-code").fill(services.vault.verification.messages()[0].text[-6:])
    expect(page.locator("#verify-done")).to_contain_text("인증되었습니다")
