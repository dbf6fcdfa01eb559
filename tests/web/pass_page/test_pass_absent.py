"""Every device feature of the pass page, taken away: what stands in its place is said and works (docs/pass.md)."""

import re

import pytest
from playwright.sync_api import expect

from ..browser import axe_violations
from .visitor import accepted, fill, get_pass, kept, typed_code

NO_WAKE_LOCK = "delete Navigator.prototype.wakeLock;"
REFUSED_WAKE_LOCK = (
    "WakeLock.prototype.request = () => Promise.reject(new DOMException('low', 'NotAllowedError'));"
)
NO_SPEECH = "delete window.speechSynthesis; delete window.SpeechSynthesisUtterance;"
NO_UUID = "delete Crypto.prototype.randomUUID;"
NO_SUBTLE = "Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined });"
NO_STORAGE = """
  const refuse = { get() { throw new DOMException("denied", "SecurityError"); } };
  Object.defineProperty(window, "localStorage", refuse);
  Object.defineProperty(window, "indexedDB", refuse);
"""
NO_WORKER = "delete Navigator.prototype.serviceWorker;"
NO_SYNC = "delete window.SyncManager; delete ServiceWorkerRegistration.prototype.sync;"
NO_VIBRATION = "delete Navigator.prototype.vibrate;"
NO_ANIMATION = "delete Element.prototype.animate; delete Element.prototype.getAnimations;"
NOTHING = NO_WAKE_LOCK + NO_SPEECH + NO_UUID + NO_SUBTLE + NO_WORKER + NO_SYNC + NO_VIBRATION + NO_ANIMATION
ED25519 = """
  const { importKey } = SubtleCrypto.prototype;
  SubtleCrypto.prototype.importKey = function (form, raw, how, ...rest) {
    if (how?.name === "Ed25519") return Promise.reject(new DOMException("unknown", "NotSupportedError"));
    return importKey.call(this, form, raw, how, ...rest);
  };
"""


def shown(page):
    fill(page)
    get_pass(page)
    return page


@pytest.mark.parametrize("script", [NO_WAKE_LOCK, REFUSED_WAKE_LOCK], ids=["absent", "refused"])
def test_without_wake_lock_the_page_says_that_the_screen_may_go_dark(open_pass, services, clock, script):
    page = shown(open_pass(script=script))
    expect(page.locator("#pass-awake")).to_contain_text("화면이 꺼지는 것을 막지 못합니다")
    accepted(services, page, clock())


def test_with_wake_lock_it_says_so(open_pass):
    page = shown(open_pass())
    expect(page.locator("#pass-awake")).to_have_text("화면이 꺼지지 않게 하고 있습니다.")


def test_without_speech_the_button_is_not_there_and_the_page_says_so(open_pass):
    page = shown(open_pass(script=NO_SPEECH))
    expect(page.locator("#pass-speak")).to_be_hidden()
    expect(page.locator("#pass-spoken")).to_contain_text("소리로 읽어 주는 기능이 없습니다")
    assert axe_violations(page) == []


HEARD = """
  window.heard = [];
  window.SpeechSynthesisUtterance = class extends EventTarget { constructor(text) { super(); this.text = text; } };
  Object.defineProperty(window, "speechSynthesis", { value: {
    cancel() {},
    speak(utterance) { heard.push([utterance.lang, utterance.text]); window.last = utterance; },
  } });
"""


def test_reading_aloud_says_who_how_long_and_the_code_letter_by_letter(open_pass):
    page = shown(open_pass(script=HEARD))
    page.get_by_role("button", name="읽어 주기").click()
    [[language, text]] = page.evaluate("heard")
    assert language == "ko"
    assert re.match(r"시\*\*\*자 님 출입증이 화면에 있습니다\. 1?\d초 뒤 새 QR로 바뀝니다\.", text)
    spelled = ", ".join(typed_code(page).replace("-", ""))
    assert text.endswith(f"불러 줄 코드는 {spelled} 입니다.")
    expect(page.locator("#pass-spoken")).to_have_text(text)
    page.evaluate("last.dispatchEvent(Object.assign(new Event('error'), { error: 'synthesis-failed' }))")
    expect(page.locator("#pass-spoken")).to_contain_text("소리를 내지 못했습니다")


@pytest.mark.parametrize(
    "script",
    [NO_UUID, NO_SUBTLE, NO_WORKER, NO_SYNC, NO_VIBRATION, NO_ANIMATION, ED25519, NOTHING],
    ids=["randomUUID", "subtle", "serviceWorker", "sync", "vibrate", "animate", "Ed25519", "all of them"],
)
def test_the_pass_opens_the_door_without(open_pass, services, clock, script):
    page = shown(open_pass(script=script))
    accepted(services, page, clock())
    assert len(typed_code(page)) == 11
    page.reload()
    accepted(services, page, clock())


def test_without_service_worker_the_page_says_what_that_means(open_pass):
    page = shown(open_pass(script=NO_WORKER))
    expect(page.locator("#offline-notice")).to_be_visible()
    expect(page.locator("#offline-notice")).not_to_be_empty()


def test_where_storage_is_forbidden_the_pass_is_shown_while_the_page_is_open(open_pass, services, clock):
    page = shown(open_pass(script=NO_STORAGE))
    expect(page.locator("#not-kept")).to_be_visible()
    accepted(services, page, clock())
    page.reload()
    expect(page.locator("#pass-new")).to_be_visible()


INSTALLABLE = """
  window.addEventListener("load", () => setTimeout(() => {
    const event = new Event("beforeinstallprompt", { cancelable: true });
    event.prompt = () => (window.asked = true);
    event.userChoice = Promise.resolve({ outcome: "accepted" });
    window.dispatchEvent(event);
  }));
"""


def test_where_the_browser_can_install_there_is_a_button(open_pass):
    page = open_pass(script=INSTALLABLE)
    page.clock.run_for(100)
    page.get_by_role("button", name="설치").click()
    assert page.evaluate("window.asked")
    expect(page.locator("#install")).to_be_hidden()


def test_an_iphone_is_told_in_words(open_pass):
    page = open_pass(script="Object.defineProperty(Navigator.prototype, 'standalone', { value: false });")
    expect(page.locator("#install")).to_contain_text("홈 화면에 추가")
    expect(page.locator("#install-ask")).to_be_hidden()
    assert axe_violations(page) == []


def test_an_installed_page_asks_nothing(open_pass):
    page = open_pass(script="Object.defineProperty(Navigator.prototype, 'standalone', { value: true });")
    expect(page.locator("#pass-new")).to_be_visible()
    expect(page.locator("#install")).to_be_hidden()
    assert kept(page) == {}
