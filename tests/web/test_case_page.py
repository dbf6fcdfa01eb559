"""The page of a case: whom it may have exposed, in counts and hours, nobody by name; and the search by phone."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from entry_service.core.actors import Actor
from entry_service.core.doubt_rules import Doubt
from entry_service.core.model import Contact, Scan
from entry_service.core.times import kst_day
from entry_service.store.cases import cases
from entry_service.store.log import doubts, scans
from entry_service.store.retention import destructions
from entry_service.store.schema import tables
from entry_service.usecases.cases.register_case import register_case

PHONE, E164 = "010-0000-0001", "+821000000001"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def pid(number: int) -> bytes:
    return b"pass" + number.to_bytes(4, "big")


@pytest.fixture
def stay(services, clock):
    """Return a function that logs a stay of a pass at the library, in minutes from four hours ago."""

    def log(who: int, entered: float, left: float | None, **facts) -> None:
        begin = clock() - 4 * HOUR
        for direction, minutes in (("in", entered), ("out", left)):
            if minutes is None:
                continue
            at = begin + minutes * MINUTE
            scan = Scan(
                scan_id=f"scan-{who}-{direction}-{minutes}",
                facility_id="GP-001",
                pid=pid(who),
                direction=direction,
                scanned_at=at,
                received_at=at,
                **{"source": "staff_scan", "confidence": "high", **facts},
            )
            services.store.write(lambda db, scan=scan: scans.append_many(db, [scan]))

    return log


@pytest.fixture
def crowd(services, clock, stay):
    """Let a case with a phone meet three people, one of them twice in two places."""
    services.vault.deposit(kst_day(clock()), pid(1), Contact(name="방문자 1", phone=E164))
    stay(1, 0, 60)
    stay(2, 10, 50)
    stay(3, 30, None, source="poster", confidence="medium", party_size=2)
    stay(4, 20, 40, flags=("two_places",))
    entered = clock() - 4 * HOUR + 20 * MINUTE
    doubted = ("scan-4-in-20", "GP-001", entered, [Doubt("two_places")], entered)
    services.store.write(lambda db: doubts.note(db, *doubted))
    stay(5, 65, 90)


@pytest.fixture
def officer(person):
    return person("officer")


def case_of(services, clock, number="군포-37", **facts):
    given = {"number": number, "onset": kst_day(clock()), "specimen_date": None, "places": [], "passes": []}
    return f"/officer/cases/{register_case(services, now=clock(), **{**given, **facts}).case.case_id}"


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def test_registering_with_a_phone_leads_in_one_step_to_whom_the_case_may_have_exposed(crowd, officer, clock):
    form = {
        "number": "군포-37",
        "onset": str(kst_day(clock())),
        "isolated_on": str(kst_day(clock())),
        "phone": PHONE,
    }
    done = officer.post("/officer/cases", form)
    assert done.status_code == 303
    assert "0001" not in done.headers["Location"] + str(done.headers.getlist("Set-Cookie"))
    page = officer.get(done.headers["Location"])
    text = text_of(page)
    assert "출입 기록에서 찾은 방문 1건" in text
    assert "노출되었을 수 있는 사람 4 명" in text  # two of one party, one alone, one who came after
    assert "판단 보류" in text
    assert "나간 뒤 5분" in text
    assert "격리일" in text
    markup = page.get_data(as_text=True)
    assert not any(hidden in markup for hidden in (PHONE, E164, "방문자 1", pid(2).hex(), "pass\\x00"))
    assert 'style="' not in markup


def test_the_search_on_the_page_adds_what_is_new_and_never_repeats_the_number(crowd, officer, services, clock):
    address = case_of(services, clock)
    done = officer.post(f"{address}/phone", {"phone": PHONE})
    assert (done.status_code, done.headers["Location"]) == (303, address)
    assert "방문 1건을 더했습니다" in text_of(officer.get(address))
    again = officer.post(f"{address}/phone", {"phone": PHONE})
    assert "1건은 이미 있었습니다" in text_of(officer.get(again.headers["Location"]))
    wrong = officer.post(f"{address}/phone", {"phone": "031-390-0114"})
    assert wrong.status_code == 422
    assert "휴대전화번호(010-1234-5678)" in text_of(wrong)
    assert 'value="031' not in wrong.get_data(as_text=True)


def test_beyond_the_budget_the_page_says_so(crowd, officer, services, clock, monkeypatch):
    address = case_of(services, clock)
    monkeypatch.setattr(type(services.vault.audit), "count", lambda *_: 50)
    answer = officer.post(f"{address}/phone", {"phone": PHONE})
    assert answer.status_code == 429
    assert "오늘 할 수 있는 전화번호 조회를 모두 썼습니다" in text_of(answer)


def test_a_closed_case_shows_its_visits_and_nobody_exposed(crowd, officer, services, clock):
    address = case_of(services, clock, passes=[pid(1)])
    services.store.write(lambda db: db.execute(update(tables.cases).values(closed_at=clock())))
    text = text_of(officer.get(address))
    assert "종결한 확진자입니다" in text
    assert "산본도서관" in text
    assert "노출되었을 수 있는 사람" not in text
    assert officer.post(f"{address}/phone", {"phone": PHONE}).status_code == 403
    actions = [services.vault.audit.count(one, "A-officer", clock() - HOUR) for one in ("case_traced", "refused")]
    assert actions == [0, 1]


def test_only_an_officer_may_search(crowd, person, services, clock):
    address = case_of(services, clock)
    for role in ("manager", "admin", "approver", "auditor"):
        assert person(role).post(f"{address}/phone", {"phone": PHONE}).status_code == 403


def test_a_visit_that_is_not_the_cases_is_taken_back_and_its_pass_is_a_strangers_again(
    crowd, officer, services, clock, stay
):
    stay(1, 61, 62)  # the pass that was searched by mistake; it met nobody else's case yet
    address = case_of(services, clock, phone=PHONE, actor=Actor(account_id="A-officer", role="officer"))
    page = officer.get(address).get_data(as_text=True)
    hidden = r'name="facility_id" value="([^"]+)"><input type="hidden" name="start" value="([^"]+)"'
    found = re.findall(hidden, page)
    assert len(found) == 2
    for facility_id, start in found:
        done = officer.post(f"{address}/visits", {"facility_id": facility_id, "start": start})
        assert (done.status_code, done.headers["Location"]) == (303, address)
    with services.store.read() as db:
        case_id = address.rpartition("/")[2]
        assert (cases.visits_of(db, case_id), cases.passes_of(db, case_id)) == ([], [])
    again = officer.post(f"{address}/visits", {"facility_id": "GP-001", "start": found[0][1]})
    assert again.status_code == 404
    assert officer.post(f"{address}/visits", {"facility_id": "GP-001", "start": "어제"}).status_code == 422


def test_the_menu_marks_where_one_is_also_below_a_page(person):
    def marked(path):
        return set(re.findall(r'href="([^"]+)" aria-current="page"', officer.get(path).get_data(as_text=True)))

    officer = person("officer")
    assert marked("/officer") == {"/officer"}
    assert marked("/officer/cases") == {"/officer/cases"}
    assert marked("/officer/cases/none-of-ours") == {"/officer/cases"}


def test_days_that_are_destroyed_are_unknown_and_not_none(crowd, officer, services, clock):
    address = case_of(services, clock)
    assert "파기되었습니다" not in text_of(officer.get(address))
    gone = kst_day(clock()) - timedelta(days=1)
    services.store.write(lambda db: destructions.begin(db, gone, "counted", {}, clock()))
    page = text_of(officer.get(address))
    assert "기록은 보관 기간이 지나 파기되었습니다" in page
    assert "노출되었을 수 있는 사람" not in page  # no visit is left, and nobody is not said to be exposed
