"""USB scanners, Korean input methods, hands, direction and sound at the door."""

from datetime import timedelta

from playwright.sync_api import expect

from ..camera import forged, phone_with_pass
from ..scanner import types
from .door import NO_ED25519, quiet, rows, sees


def test_without_ed25519_in_the_browser_the_library_verifies(door, visitor, services, clock):
    with door(script=NO_ED25519) as page:
        quiet(page)
        types(page, forged(visitor.code(clock())))
        sees(page, "refused", "위조")
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        assert page.evaluate("() => window.ed25519Refused") > 0
    assert sorted(row.outcome for row in rows(services)) == ["accepted", "pass_forged"]


def test_a_usb_scanner_is_heard_wherever_the_focus_is(door, visitor, services, clock):
    other = phone_with_pass(services, clock(), seed=b"2")
    with door() as page:
        quiet(page)
        page.locator("#sound").focus()  # Space and Enter would press it
        pressed = page.locator("#sound").get_attribute("aria-pressed")
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        assert page.locator("#sound").get_attribute("aria-pressed") == pressed
        page.locator("#code").focus()
        types(page, other.code(clock()).lower())  # a scanner with caps lock
        expect(page.locator("#inside")).to_contain_text("2 / 60")
        expect(page.locator("#code")).to_have_value("")
        assert page.url.endswith("/staff")
    assert len({row.pid for row in rows(services)}) == 2


def test_a_korean_input_method_does_not_break_a_scanner(door, visitor, services, clock):
    """With the input method on, keydown says "Process" and the letters arrive as Hangul."""
    code = visitor.code(clock())
    send = """(code) => {
      const places = { " ": "Space", "-": "Minus", ".": "Period", "/": "Slash", "$": "Digit4", "%": "Digit5",
        "*": "Digit8", "+": "Equal", ":": "Semicolon" };
      const target = document.getElementById("code");
      target.focus();
      for (const character of code) {
        const place = /[A-Z]/.test(character) ? `Key${character}`
          : /[0-9]/.test(character) ? `Digit${character}` : places[character];
        const shiftKey = /[A-Z$%*+:]/.test(character);
        const options = { key: "Process", code: place, keyCode: 229, shiftKey, bubbles: true, cancelable: true };
        target.dispatchEvent(new KeyboardEvent("keydown", options));
        target.value += "ㄸ";
      }
      const enter = { key: "Enter", code: "Enter", bubbles: true, cancelable: true };
      target.dispatchEvent(new KeyboardEvent("keydown", enter));
    }"""
    with door() as page:
        quiet(page)
        page.evaluate(send, code)
        sees(page, "in", "입장")
        expect(page.locator("#code")).to_have_value("")


def test_what_the_input_method_made_of_a_code_is_turned_back(door):
    typed = [
        ("ㄷㅖㅊ1", "EPC1"),
        ("뎨", "EP"),
        ("한글", "GKSRMF"),
        ("값", "RKQT"),
        ("까뜨", "RKEM"),
        ("왜 %", "DHO %"),
    ]
    with door() as page:
        module = "/static/js/door/hangul.js"
        turn = f"async (text) => (await import('{module}')).latinFromHangul(text)"
        assert [(text, page.evaluate(turn, text)) for text, _ in typed] == typed


def test_a_code_pasted_into_the_field_is_read(door, visitor, clock):
    with door() as page:
        quiet(page)
        page.locator("#code").fill(f" {visitor.code(clock())} ")
        page.locator("#typed button").click()
        sees(page, "in", "입장")


def test_a_slow_hand_typing_is_left_alone(door, services):
    with door() as page:
        quiet(page)
        page.locator("#code").focus()
        page.keyboard.type("EPC1 hello", delay=90)
        expect(page.locator("#code")).to_have_value("EPC1 hello")
        page.keyboard.press("Enter")
        sees(page, "refused", "읽지 못함")


def test_the_direction_switch_wins_over_the_guess_and_is_kept(door, visitor, services, clock):
    with door() as page:
        quiet(page)
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        types(page, visitor.code(clock()))  # in sight again at once: not an exit
        page.wait_for_timeout(300)
        assert [row.direction for row in rows(services)] == ["in"]
        page.locator("#direction").get_by_text("퇴장").click()
        types(page, visitor.code(clock()))
        sees(page, "out", "퇴장")
        expect(page.locator("#inside")).to_contain_text("0 / 60")
        page.reload()
        sees(page, "ready", "퇴장 확인")
    assert [row.direction for row in rows(services)] == ["in", "out"]


def test_a_phone_held_before_the_camera_does_not_walk_out_when_its_code_turns_over(door, visitor, services, clock):
    now = clock()
    with door() as page:
        quiet(page)
        types(page, visitor.code(now))
        sees(page, "in", "입장")
        types(page, visitor.code(now + timedelta(seconds=15)))
        page.wait_for_timeout(5_200)  # gone for a while, then shown once more, unsure
        types(page, visitor.code(clock()))
        expect(page.locator('[data-part="note"]')).to_contain_text("조금 전에 이미 기록한")
    assert [row.direction for row in rows(services)] == ["in"]


def test_each_verdict_has_a_sound_and_a_shake_of_its_own_and_can_be_silenced(door, visitor, clock):
    listen = """(() => {
      window.heard = []; window.felt = [];
      const start = OscillatorNode.prototype.start;
      OscillatorNode.prototype.start = function (...when) {
        window.heard.push(this.frequency.value);
        return start.apply(this, when);
      };
      navigator.vibrate = (pattern) => window.felt.push(pattern.join());
    })()"""
    with door(script=listen) as page:
        quiet(page)
        expect(page.locator("#sound-locked")).to_be_visible()
        page.keyboard.press("Shift")  # browsers let a page sound once it was touched
        expect(page.locator("#sound-locked")).to_be_hidden()
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        types(page, forged(visitor.code(clock())))
        sees(page, "refused", "위조")
        assert page.evaluate("() => window.heard") == [880, 1319, 196, 165]
        page.locator("#sound").click()
        types(page, "WIFI:S:LIBRARY;T:WPA;P:SECRET;;")
        sees(page, "other", "출입증 아님")
        assert len(page.evaluate("() => window.heard")) == 4
        assert page.evaluate("() => window.felt") == ["60", "250,80,250", "30"]
        page.reload()
        expect(page.locator("#sound")).to_have_attribute("aria-pressed", "false")
