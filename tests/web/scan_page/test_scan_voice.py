"""What is heard at the door: a screen reader's one voice, spoken verdicts, and the languages of visitors."""

import pytest
from playwright.sync_api import expect

from ..camera import forged, phone_with_pass
from ..scanner import types
from .door import HEARD, quiet, sees

SPOKEN = """(() => {
  window.spoken = [];
  const voices = VOICES.map((lang) => ({ lang }));
  const speak = ({ text, lang }) => window.spoken.push([lang, text]);
  const synthesis = { speak, cancel: () => {}, getVoices: () => voices };
  Object.defineProperty(window, "speechSynthesis", { value: synthesis });
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
})()"""


def speaking(*voices):
    return SPOKEN.replace("VOICES", str(list(voices)))


def test_a_screen_reader_hears_each_verdict_once_and_the_rest_never(door, visitor, services, clock):
    other = phone_with_pass(services, clock(), seed=b"2")
    with door(script=HEARD) as page:
        quiet(page)
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        types(page, other.code(clock()))
        expect(page.locator("#inside")).to_contain_text("2 / 60")
        types(page, forged(other.code(clock())))
        sees(page, "refused", "위조")
        expect(page.locator("#verdict")).to_have_attribute("data-tone", "ready")
        page.wait_for_timeout(500)
        said = page.evaluate("() => window.said")
        entry = "입장. 입장을 기록했습니다. 휴대전화 인증을 하지 않은 방문자입니다."
        refusal = "위조. 이 서비스가 발급한 출입증이 아닙니다. 출입증을 새로 받도록 안내하시기 바랍니다."
        assert said == [entry, entry, refusal]
        expect(page.locator("#said")).to_be_empty()  # nothing is left to be read a second time
        live = '[role="status"], [role="alert"], [aria-live]:not([aria-live="off"])'
        assert page.locator("#verdict").locator(live).count() == 0
        assert page.locator("#results").locator(live).count() == 0


def test_the_banner_of_what_waits_is_said_once_however_much_waits(door, services, clock):
    spoken = """(() => {
      window.banner = [];
      addEventListener("DOMContentLoaded", () => {
        const text = document.getElementById("connection-text");
        new MutationObserver(() => window.banner.push(text.textContent)).observe(text, { childList: true });
      });
    })()"""
    with door(script=spoken) as page:
        quiet(page)
        page.context.set_offline(True)
        for seed in (b"1", b"2", b"3"):
            types(page, phone_with_pass(services, clock(), seed=seed).code(clock()))
        expect(page.locator("#waiting-count")).to_have_text("3건 대기")
        assert page.evaluate("() => window.banner") == ["연결이 끊겨 기기에 저장하고 있습니다."]


def test_the_verdict_is_spoken_in_the_visitors_language_and_the_switch_is_kept(door, visitor, services, clock):
    other = phone_with_pass(services, clock(), seed=b"2")
    with door(script=speaking("ko-KR", "en-US")) as page:
        quiet(page)
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        assert page.evaluate("() => window.spoken") == []  # off until somebody wants it
        page.locator("#speech").click()
        expect(page.locator("#said")).to_have_attribute("aria-live", "off")  # not said twice
        types(page, other.code(clock()))
        expect(page.locator("#inside")).to_contain_text("2 / 60")
        page.locator("#visitor-language").get_by_text("English").click()
        types(page, forged(other.code(clock())))
        sees(page, "refused", "위조")
        expect(page.locator('[data-part="visitor"]')).to_have_attribute("lang", "en")
        expect(page.locator('[data-part="visitor"]')).not_to_be_empty()
        first, second = page.evaluate("() => window.spoken")
        assert first == ["ko-KR", "입장"]
        assert second[0] == "en-US"
        expect(page.locator('[data-lacks="voice"]')).to_have_count(0)
        page.locator("#visitor-language").get_by_text("Tiếng Việt").click()
        expect(page.locator('[data-lacks="voice"]')).to_contain_text("이 언어의 음성이 없어")
        page.reload()
        expect(page.locator("#speech")).to_have_attribute("aria-pressed", "true")
        expect(page.locator('#visitor-language input[value="vi"]')).to_be_checked()


@pytest.mark.parametrize("language", ["ko", "en", "zh", "vi"])
def test_every_verdict_has_its_words_in_every_language(door, language):
    with door() as page:
        words = page.evaluate(
            "(code) => JSON.parse(document.getElementById('page-data').textContent).visitor[code]", language
        )
        spoken = [name for name, text in words.items() if isinstance(text, list)]
        assert {"in", "out", "facility_full", "kept", "refused", "warn", "foreign", "again", "party_in"} <= set(
            spoken
        )
        for name in spoken:
            word, line, said = words[name]
            assert word, name
            assert line, name
            assert len(said) <= 60, f"{name}: too long to be heard at a door"
