"""Drills in the pages: begun, asked and approved by two people, scored, gone; a pass on a phone; how it looks."""

import re

import pytest

from entry_service.store.log import drills
from tests.web.conftest import code_for

from .browser import DESKTOP, axe_violations, phone, serving, too_wide
from .forms import text
from .sign_in import sign_in


def begin(officer, **form: str) -> str:
    answer = officer.post("/drills", {"sites": "1", "contacts": "4", **form})
    assert answer.status_code == 303
    return answer.location


def go_the_way(app, officer, approver, clock, drill: str) -> None:
    """Ask for the contacts of the drill's case, approve and open, as two people do."""
    case = re.search(r'href="(/officer/cases/drill-[0-9a-f]+)"', text(officer.get(drill)))[1]
    clock.passes(minutes=3)
    places = re.findall(r'name="place" value="([0-9a-f]{16})"', text(officer.get(case)))
    form = {"place": places, "purpose": "contact_tracing", "code": code_for(app, "officer")}
    assert officer.post(f"{case}/disclosures", form).status_code == 303
    [request] = re.findall(r'href="(/approver/[0-9a-f]{64})"', text(approver.get("/approver")))
    assert "모의훈련" in text(approver.get(request))
    clock.passes(minutes=5)
    approved = approver.post(request, {"decision": "approve", "code": code_for(app, "approver")})
    assert approved.status_code == 303
    opened = officer.post(f"{case}/disclosures/{request.rpartition('/')[2]}/open")
    assert opened.status_code == 303


def test_two_people_carry_a_drill_out_and_only_its_score_stays(app, services, clock, person):
    officer, approver, admin = person("officer"), person("approver"), person("admin")
    drill = begin(officer)
    assert "훈련-" not in text(officer.get("/officer/cases"))
    go_the_way(app, officer, approver, clock, drill)
    assert officer.post(f"{drill}/finish").status_code == 303
    page = text(admin.get(drill))
    assert "5.0분" in page
    assert "100%" in page
    assert "산본도서관" in page
    assert "시설을 평가한 것이 아닙니다" in page
    assert "점수는 찾은 접촉자" not in page
    with services.store.read() as db:
        [known] = drills.all(db)
        assert known.state == "cleaned"
        assert drills.rows_of(db, known.drill_id) == []
    assert text(admin.get("/drills")).count("/drills/") >= 1
    assert known.result["expected"] == 4
    assert person().get("/transparency").status_code == 200


def test_what_was_typed_wrongly_is_said_and_a_second_drill_waits(person):
    officer = person("officer")
    for form, words in (({"sites": "x"}, "시설 수는"), ({"contacts": "0"}, "접촉자 수는")):
        answer = officer.post("/drills", {"sites": "1", "contacts": "4", **form})
        assert answer.status_code == 422
        assert words in text(answer)
    drill = begin(officer)
    assert officer.post("/drills", {"sites": "1", "contacts": "4"}).status_code == 409
    assert "이르지 않았습니다" in text(officer.post(f"{drill}/finish", follow_redirects=True))
    assert officer.post(f"{drill}/finish", {"abandon": "1"}).status_code == 303
    assert begin(officer)


def test_the_pass_of_a_drill_turns_and_ends_with_it(person, services, clock):
    officer, somebody = person("officer"), person()
    drill = begin(officer, how="staff")
    page = text(officer.get(f"{drill}/passes"))
    assert page.count("훈련 출입증 QR") == 5
    with services.store.read() as db:
        token = drills.passes_of(db, drill.rpartition("/")[2])[0][1].token
    first = text(somebody.get(f"/drills/pass/{token}"))
    clock.passes(minutes=2)
    again = somebody.get(f"/drills/pass/{token}")
    assert text(again) != first
    assert again.headers["Cache-Control"] == "no-store"
    assert "이르지 않았습니다" in text(officer.post(f"{drill}/register", follow_redirects=True))
    officer.post(f"{drill}/finish", {"abandon": "1"})
    assert somebody.get(f"/drills/pass/{token}").status_code == 404
    assert somebody.get("/drills/pass/unknown").status_code == 404


def test_a_window_is_agreed_and_measured(person, clock):
    officer, manager = person("officer"), person("manager")
    form = {"start": "2020-08-25T18:10", "end": "2020-08-25T18:40"}
    for wrong in ({"start": ""}, {"end": "2020-08-25T18:00"}, {"named": "없는 곳"}):
        refused = officer.post("/drills/outage", {**form, **wrong})
        assert refused.status_code == 422
        begin_form, _, outage_form = text(refused).partition('id="outage-heading"')
        assert 'role="alert"' in outage_form
        assert 'role="alert"' not in begin_form
        typed = {**form, **wrong}
        assert all(f'name="{name}" type="datetime-local" value="{typed[name]}"' in outage_form for name in form)
    assert "없는 곳: 등록되지 않은 시설입니다." in text(refused)
    drill = officer.post("/drills/outage", {**form, "named": "산본도서관,"}).location
    door = person("staff")
    door.post("/staff/enrol", {"name": "정문"})
    for page in (manager.get("/manager"), door.get("/staff")):
        assert "통신 장애 훈련: " in text(page)
    assert "화면을 켜지 않은 시설에는 따로" in text(officer.get(drill))
    assert officer.post(f"{drill}/withdraw").status_code == 303
    for page in (manager.get("/manager"), door.get("/staff")):
        assert "통신 장애 훈련: " not in text(page)
    assert "철회함" in text(officer.get(drill))
    drill = officer.post("/drills/outage", form).location
    assert "이르지 않았습니다" in text(officer.post(f"{drill}/measure", follow_redirects=True))
    clock.passes(hours=1)
    officer = person("officer")
    page = text(officer.post(f"{drill}/measure", follow_redirects=True))
    assert page.count("돌아오지 않음") == 2
    assert officer.get("/drills").status_code == 200
    assert begin(officer)  # a window is no drill of an outbreak


@pytest.fixture
def done(app, person, clock) -> str:
    officer = person("officer")
    drill = begin(officer)
    go_the_way(app, officer, person("approver"), clock, drill)
    officer.post(f"{drill}/finish")
    clock.passes(minutes=1)
    return drill


def test_the_pages_can_be_used_on_a_phone_and_a_desk(app, browser, person, services, done, tmp_path):
    ready = begin(person("officer"), how="staff")
    with services.store.read() as db:
        token = drills.passes_of(db, ready.rpartition("/")[2])[0][1].token
    with serving(app) as origin:
        page = phone(browser, origin)
        sign_in(page, app, "officer")
        for name, path in {
            "list": "/drills",
            "done": done,
            "ready": ready,
            "passes": f"{ready}/passes",
            "pass": f"/drills/pass/{token}",
        }.items():
            page.goto(path)
            page.screenshot(path=tmp_path / f"{name}-390.png", full_page=True)
            assert axe_violations(page) == [], path
            assert not too_wide(page), path
        page.set_viewport_size(DESKTOP)
        for name, path in {"list": "/drills", "done": done}.items():
            page.goto(path)
            page.screenshot(path=tmp_path / f"{name}-1440.png", full_page=True)
            assert not too_wide(page), path
