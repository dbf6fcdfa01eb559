"""From the poster to the ticket and out again, as any browser sends it: no script is needed for any of this."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import unquote

import pytest

from entry_service.core.posters import poster_id
from entry_service.store.log import scans
from entry_service.store.sites import posters

POSTER = poster_id(bytes(range(10)), 7)
OLD = poster_id(bytes(range(1, 11)), 6)
PHONE, NAME = "010-0391-4826", "시험방문자"
FORM = {"name": NAME, "kind": "phone", "phone": PHONE, "safety_code": "", "party_size": "2", "consent": "yes"}


@pytest.fixture(autouse=True)
def hung(services, clock):
    """Hang a poster of epoch 7 at the library, one of epoch 6 that was retired an hour ago."""
    kept = {"facility_id": "GP-001", "valid_from": clock()}

    def hang(db):
        posters.add(db, posters.Poster(poster_id=OLD, epoch=6, retired_at=clock() - timedelta(hours=1), **kept))
        posters.add(db, posters.Poster(poster_id=POSTER, epoch=7, **kept))

    services.store.write(hang)


def hidden(page: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def fill(visitor, poster: str = POSTER, **changed: str) -> dict[str, str]:
    page = visitor.get(f"/E/{poster}").get_data(as_text=True)
    return {**FORM, **{name: hidden(page, name) for name in ("csrf_token", "scan_id")}, **changed}


def enter(visitor, poster: str = POSTER, **changed: str):
    return visitor.client.post(f"/E/{poster}", data=fill(visitor, poster, **changed))


def rows(services, clock, *, refused: bool = False):
    with services.store.read() as db:
        day = timedelta(days=1)
        return scans.scans_between(db, "GP-001", clock() - day, clock() + day, refused=refused)


def deposits(services) -> int:
    with services.vault.store.read() as db:
        return db.exec_driver_sql("SELECT count(*) FROM records").scalar_one()


def text(answer) -> str:
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("path", [f"/E/{POSTER}", f"/e/{POSTER.lower()}", f"/E/{POSTER[:9]}-{POSTER[9:]}"])
def test_the_poster_shows_what_the_visitor_can_compare(person, path):
    page = text(person().get(path))
    assert all(fact in page for fact in ("산본도서관", "경기도 군포시 산본로 1", "제7차 포스터"))


def test_an_entry_is_in_the_log_and_its_contact_only_in_the_vault(person, services, clock):
    visitor = person()
    answer = enter(visitor)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/ticket")
    (row,) = rows(services, clock)
    assert (row.source, row.direction, row.party_size, row.confidence) == ("poster", "in", 2, "low")
    assert row.flags == ("unverified",)
    assert deposits(services) == 1
    ticket = text(visitor.get("/ticket"))
    assert all(shown in ticket for shown in ("입장 완료", "산본도서관", "18:00", "2명", "제7차"))


def test_the_ticket_holds_nothing_personal(person):
    visitor = person()
    enter(visitor)
    cookies = " ".join(unquote(cookie.value) for cookie in visitor.client._cookies.values())
    page = text(visitor.get("/ticket"))
    assert not [secret for secret in (NAME, PHONE, "03914826") if secret in page + cookies]
    cookie = visitor.client.get_cookie("ticket")
    assert cookie.http_only
    assert cookie.same_site == "Strict"


def test_the_same_form_sent_twice_is_one_entry(person, services, clock):
    visitor = person()
    form = fill(visitor)
    first = visitor.client.post(f"/E/{POSTER}", data=form)
    clock.passes(minutes=2)
    again = visitor.client.post(f"/E/{POSTER}", data=form)
    assert (first.status_code, again.status_code) == (303, 303)
    assert len(rows(services, clock)) == 1
    assert "18:00" in text(visitor.get("/ticket"))


def test_the_same_form_sent_twice_at_once_is_one_entry(app, person, services, clock):
    visitor = person()
    form = fill(visitor)
    cookie = visitor.client.get_cookie("form").value

    def send(_: int) -> int:
        client = app.test_client()
        client.set_cookie("form", cookie)
        return client.post(f"/E/{POSTER}", data=form).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, range(8))) == {303}
    assert len(rows(services, clock)) == 1


def test_a_form_of_the_morning_is_not_silently_the_entry_of_the_evening(person, services, clock):
    visitor = person()
    form = fill(visitor)
    visitor.client.post(f"/E/{POSTER}", data=form)
    clock.passes(hours=3)
    stale = visitor.client.post(f"/E/{POSTER}", data=form)
    assert stale.status_code == 200
    assert "18:00에 이미 등록하셨습니다" in text(stale)
    fresh = {**form, "scan_id": hidden(text(stale), "scan_id")}
    assert visitor.client.post(f"/E/{POSTER}", data=fresh).status_code == 303
    assert [row.scanned_at for row in rows(services, clock)] == [clock() - timedelta(hours=3), clock()]


def test_leaving_twice_is_one_leaving(person, services, clock):
    visitor = person()
    enter(visitor)
    clock.passes(minutes=40)
    assert visitor.post("/ticket/leave").headers["Location"] == "/ticket"
    clock.passes(minutes=5)
    visitor.post("/ticket/leave")
    assert [(row.direction, row.party_size) for row in rows(services, clock)] == [("in", 2), ("out", 2)]
    assert rows(services, clock)[0].pid == rows(services, clock)[1].pid
    page = text(visitor.get("/ticket"))
    assert all(shown in page for shown in ("퇴장 완료", "18:00", "18:40"))


def test_leaving_with_an_old_copy_of_the_ticket_keeps_the_first_time(person, services, clock):
    visitor = person()
    enter(visitor)
    before = visitor.client.get_cookie("ticket").value
    visitor.post("/ticket/leave")
    clock.passes(minutes=9)
    visitor.client.set_cookie("ticket", before)
    visitor.post("/ticket/leave")
    assert len(rows(services, clock)) == 2
    assert "18:09" not in text(visitor.get("/ticket")).split("ticket-facts")[1]


def test_a_ticket_lasts_a_day_and_a_changed_one_is_none(person, clock):
    visitor = person()
    enter(visitor)
    cookie = visitor.client.get_cookie("ticket").value
    visitor.client.set_cookie("ticket", ("A" if cookie[0] != "A" else "B") + cookie[1:])
    assert visitor.get("/ticket").status_code == 404
    visitor.client.set_cookie("ticket", cookie)
    assert visitor.get("/ticket").status_code == 200
    clock.passes(hours=24)
    assert "입장권이 없습니다" in text(visitor.get("/ticket"))
    assert visitor.post("/ticket/leave").status_code == 404


def test_the_ticket_can_be_removed_from_the_phone(person, services, clock):
    visitor = person()
    enter(visitor)
    visitor.post("/ticket/forget")
    assert visitor.get("/ticket").status_code == 404
    assert len(rows(services, clock)) == 1


def test_who_is_inside_already_is_told_so(person):
    visitor = person()
    enter(visitor)
    assert "이미 이 시설에 입장하셨습니다" in text(visitor.get(f"/E/{POSTER}"))
    assert "이미 이 시설에 입장하셨습니다" not in text(person().get(f"/E/{POSTER}"))


def test_a_personal_safety_code_is_as_good_as_a_number(person, services):
    assert enter(person(), kind="safety_code", phone="", safety_code="12가 34나").status_code == 303
    assert deposits(services) == 1


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"consent": ""}, "consent", "동의해야 등록할 수 있습니다"),
        ({"name": " "}, "name", "이름을 1~40자로"),
        ({"phone": ""}, "phone", "연락처를 입력"),
        ({"phone": "031-390-0114"}, "phone", "010-1234-5678과 같이"),
        ({"kind": "safety_code", "safety_code": "123가나"}, "safety_code", "숫자 4자리와 한글 2자"),
        *(
            ({"party_size": size}, "party_size", "1명에서 20명까지")
            for size in ("0", "21", "-1", "NaN", "1e9", "2.5", "", "٣", "9" * 40)
        ),
    ],
)
def test_a_wrong_field_is_named_and_nothing_typed_is_lost(person, services, clock, changed, field, sentence):
    visitor = person()
    form = fill(visitor, **changed)
    refused = visitor.client.post(f"/E/{POSTER}", data=form)
    page = text(refused)
    assert refused.status_code == 422
    assert re.search(rf'id="{field}-error">[^<]*{sentence}', page)
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', page)
    kept = {name: value for name, value in form.items() if name in {"name", "phone", "scan_id"} and value.strip()}
    assert all(f'value="{value}"' in page for value in kept.values())
    assert rows(services, clock) == []
    assert deposits(services) == 0


def test_what_was_typed_comes_back_as_text_only(person):
    page = text(enter(person(), name='"><script>alert(1)</script>', phone="1"))
    assert "<script>alert" not in page
    assert "&#34;&gt;&lt;script&gt;" in page


def test_a_made_up_form_number_is_replaced(person, services, clock):
    refused = enter(person(), scan_id="A" * 21 + "!")
    assert refused.status_code == 422
    assert re.fullmatch(r"[0-9A-Za-z_-]{22}", hidden(text(refused), "scan_id"))
    assert rows(services, clock) == []


@pytest.mark.parametrize("path", ["/E/0000000000000000AA", "/E/1", "/E/%EA%B0%80", "/E/" + "A" * 900])
def test_an_unknown_poster_says_so(person, path):
    answer = person().get(path)
    assert answer.status_code in {404, 422}
    assert "포스터" in text(answer)


@pytest.mark.parametrize("where", ["path", "form"])
def test_a_nul_is_refused_before_anything_is_looked_up(person, services, clock, where):
    refused = person().get("/E/%00") if where == "path" else enter(person(), scan_id="A" * 21 + "\0")
    assert refused.status_code == 422
    assert rows(services, clock) == []


def test_a_retired_poster_opens_for_two_days_and_then_says_so(person, clock):
    visitor = person()
    assert enter(visitor, OLD).status_code == 303
    form = fill(visitor, OLD)
    clock.passes(hours=47)
    for answer in (visitor.get(f"/E/{OLD}"), visitor.client.post(f"/E/{OLD}", data=form)):
        assert answer.status_code == 410
        assert "기간이 지난 포스터입니다" in text(answer)


def test_over_the_daily_cap_the_form_refuses_and_says_so(person, services, clock):
    visitor = person()
    for _ in range(services.settings.daily_cap):
        assert enter(visitor).status_code == 303
        clock.passes(minutes=1)  # so many within a minute would be a flood
    refused = enter(visitor)
    assert refused.status_code == 429
    assert "오늘 이 번호로 등록할 수 있는 횟수를 넘었습니다" in text(refused)
    assert len(rows(services, clock)) == services.settings.daily_cap
    assert rows(services, clock, refused=True)[-1].outcome == "daily_cap"


def test_a_form_without_its_token_is_refused(person, services, clock):
    visitor = person()
    form = {name: value for name, value in fill(visitor).items() if name != "csrf_token"}
    assert visitor.client.post(f"/E/{POSTER}", data=form).status_code == 400
    assert visitor.client.post("/ticket/leave").status_code == 400
    assert rows(services, clock) == []


def test_a_verified_number_enters_with_more_confidence(person, services, clock):
    services.vault.verification.begin("+821003914826", clock())
    code = services.vault.verification.messages()[0].text[-6:]
    with services.vault.store.read() as db:
        challenge = db.exec_driver_sql("SELECT challenge_id FROM challenges").scalar_one()
    certificate, _ = services.vault.verification.confirm(challenge, "+821003914826", code, clock())
    assert enter(person(), certificate=certificate).status_code == 303
    assert rows(services, clock)[0].confidence == "medium"
    refused = enter(person(), certificate=certificate, phone="010-0111-2222")
    assert (refused.status_code, "다시 인증하시기 바랍니다" in text(refused)) == (422, True)
    assert 'data-refused="certificate_refused"' in text(refused)
