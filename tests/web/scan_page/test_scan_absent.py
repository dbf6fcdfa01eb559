"""Every feature of a device that the door uses, taken away: it works, and says so where it matters."""

import pytest
from playwright.sync_api import expect

from ..browser import axe_violations
from ..scanner import types
from .door import quiet, rows, sees

NO_VIBRATION = "delete Navigator.prototype.vibrate"
NO_SOUND = "delete window.AudioContext; delete window.webkitAudioContext"
NO_WAKE_LOCK = "delete Navigator.prototype.wakeLock"
NO_TORCH = "delete MediaStreamTrack.prototype.getCapabilities"
NO_SPEECH = "delete window.speechSynthesis; delete window.SpeechSynthesisUtterance"
NO_FULLSCREEN = "delete Element.prototype.requestFullscreen"
TORCH = """(() => {
  MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });
  window.lit = [];
  MediaStreamTrack.prototype.applyConstraints = async (wanted) => {
    if (window.lit.length > 1) throw new DOMException("taken", "NotReadableError");
    window.lit.push(wanted.advanced[0].torch);
  };
})()"""


@pytest.mark.parametrize(
    ("script", "fact", "says"),
    [
        (NO_VIBRATION, "vibration", "진동하지 않습니다"),
        (NO_SOUND, "sound", "소리를 내지 못합니다"),
        (NO_WAKE_LOCK, "awake", "화면 꺼짐 시간을 늘리시기 바랍니다"),
        (NO_TORCH, "torch", "조명이 없습니다"),
        (NO_SPEECH, "speech", "결과를 말하지 못합니다"),
        (";".join([NO_VIBRATION, NO_SOUND, NO_WAKE_LOCK, NO_TORCH, NO_SPEECH, NO_FULLSCREEN]), "sound", "소리를"),
    ],
    ids=["vibration", "sound", "wake lock", "torch", "speech", "everything"],
)
def test_without_a_feature_the_door_works_and_says_what_is_missing(
    door, visitor, services, clock, script, fact, says
):
    with door(script=script) as page:
        quiet(page)
        expect(page.locator(f'[data-lacks="{fact}"]')).to_contain_text(says)
        page.keyboard.press("Shift")  # the first touch, which unlocks sound where there is any
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        assert axe_violations(page) == []
        assert page.complaints == []
    assert [row.outcome for row in rows(services)] == ["accepted"]


def test_without_sound_or_speech_their_switches_say_so(door):
    with door(script=f"{NO_SOUND}; {NO_SPEECH}") as page:
        expect(page.locator("#sound")).to_be_disabled()
        expect(page.locator("#speech")).to_be_disabled()
        expect(page.locator("#sound-locked")).to_be_hidden()


def test_a_camera_with_a_light_has_a_switch_and_a_light_that_is_taken_stays_dark(door):
    with door(script=TORCH) as page:
        torch = page.locator("#torch")
        expect(torch).to_be_visible()
        expect(page.locator('[data-lacks="torch"]')).to_have_count(0)
        torch.click()
        expect(torch).to_have_attribute("aria-pressed", "true")
        torch.click()
        expect(torch).to_have_attribute("aria-pressed", "false")
        assert page.evaluate("() => window.lit") == [True, False]
        torch.click()
        page.wait_for_timeout(200)
        expect(torch).to_have_attribute("aria-pressed", "false")
        assert page.complaints == []
