"""Disaster messages through the web: drafted, counted, judged, and kept without their text."""

import pytest

from .publishing import NUMBER, SENSITIVE, case, form, officer, publish, today

__all__ = ["case", "officer"]


def test_a_message_is_drafted_counted_and_kept_without_its_text(officer, case, person, services, clock):
    number = today(officer, publish(officer, case))
    page = officer.get(f"/officer/message?place={number}").get_data(as_text=True)
    text = (
        "[군포시청] 8.25.(화) 12:00~14:00 산본도서관 방문자는 가까운 보건소에서 검사받으시기 바랍니다. "
        "문의 031-390-0114"
    )
    assert text in page
    assert "77자 / 90자 · 13자 남음" in page
    kept = officer.post("/officer/message", {"place": number, "text": text, "do": "keep"})
    assert "문안을 확정했습니다" in kept.get_data(as_text=True)
    clock.passes(hours=3, minutes=59)
    officer = person("officer")
    again = officer.get(f"/officer/message?place={number}").get_data(as_text=True)
    assert "2020. 8. 25.(화) 18:00에 만든 문안이 있습니다" in again
    assert "지금은 보낼 수 없는 시간" not in again
    clock.passes(minutes=1)
    night = officer.get("/officer/message").get_data(as_text=True)
    assert "2020. 8. 26.(수) 07:00부터 보낼 수 있습니다" in night
    log = services.store.path.read_bytes()
    assert "검사받으시기".encode() not in log


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("가" * 91, 422, "90자를 넘는 문안입니다"),
        ("", 422, "문안을 1자에서 90자로"),
        (f"{SENSITIVE} 방문자 검사", 422, "민감시설의 이름은"),
        (f"확진자 {NUMBER} 방문", 422, "확진자 번호는"),
        ("문의 010-0000-1234", 422, "휴대전화번호는"),
        ("오늘 확진자 12명 발생", 200, "확진자 수만 알리는"),
    ],
)
def test_a_text_is_judged_before_it_is_kept(officer, case, text, status, words):
    number = today(officer, publish(officer, case))
    answer = officer.post("/officer/message", {"place": number, "text": text, "do": "keep"})
    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)


def test_no_message_is_made_about_a_place_whose_contacts_are_all_known(officer, case):
    number = today(officer, publish(officer, case))
    officer.post(f"/officer/places/{number}", form(contacts_known="yes"))
    assert officer.get(f"/officer/message?place={number}").status_code == 422
    assert f'value="{number}"' not in officer.get("/officer/message").get_data(as_text=True)
