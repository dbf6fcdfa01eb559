"""The page of the level of distancing: a preview changes nothing, a change is kept with its account."""

import re

import pytest

from entry_service.store.log import distancing
from entry_service.store.sites import facilities

from .conftest import ROLES, facility
from .forms import text


@pytest.fixture
def admin(person):
    return person("admin")


def held(services):
    with services.store.read() as db:
        return distancing.current(db)


def test_only_administrators_see_and_set_the_level(person, services):
    for role in set(ROLES) - {"admin"}:
        assert person(role).get("/admin/distancing").status_code == 403
        assert person(role).post("/admin/distancing", {"choice": "2020-11 2"}).status_code == 403
    assert person().get("/admin/distancing").status_code == 303
    assert held(services).scheme == ""


def test_a_preview_tells_what_would_follow_and_changes_nothing(admin, services):
    def furnish(db):
        facilities.add(db, facility("PV-1", "모의 노래연습장", category="karaoke", area_m2=100.0))
        facilities.add(db, facility("PV-2", "모의 목욕장", category="bath"))
        facilities.add(db, facility("PV-3", "모의 체육관", category="indoor_sports", area_m2=90.0))

    services.store.write(furnish)
    page = text(admin.get("/admin/distancing?choice=2020-11+2.5"))
    assert "미리 보기: 2020년 11월 체계 2.5단계" in page
    figures = dict(re.findall(r"<dt>([^<]+)</dt><dd>([\d,]+)</dd>", page))
    assert figures["지금 운영할 수 없는 시설"] == "2"
    assert figures["면적이나 좌석이 없어 계산하지 못하는 시설"] == "1"
    assert "지금 적용 중: 거리두기 단계 없음" in page
    assert held(services).scheme == ""
    assert "면적 16m²당 1명" in page


def test_setting_a_level_is_kept_with_account_and_time_and_reaches_the_limits(admin, services, clock):
    answer = admin.post("/admin/distancing", {"choice": "2021-07 4"})
    assert answer.status_code == 303
    now = held(services)
    assert (now.scheme, now.level, now.set_by, now.since) == ("2021-07", "4", "A-admin", clock())
    page = text(admin.get("/admin/distancing"))
    assert "지금 적용 중: 2021년 7월 체계 4단계" in page
    assert re.search(r"<b>2021년 7월 체계 4단계</b>.*admin</span>", page)
    assert services.distancing_of_door(clock()).level == "4"
    admin.post("/admin/distancing", {"choice": ""})
    assert held(services).scheme == ""


@pytest.mark.parametrize("choice", ["2021-07 9", "nothing", "2020-11"])
def test_a_level_that_is_not_listed_is_refused(admin, services, choice):
    answer = admin.post("/admin/distancing", {"choice": choice})
    assert answer.status_code == 422
    assert "목록에 있는 단계를 고르시기 바랍니다." in text(answer)
    assert held(services).scheme == ""
    assert admin.get(f"/admin/distancing?choice={choice}").status_code == 200


def test_the_form_of_a_facility_takes_seats_and_its_call_number(admin, services):
    known = services.facility("GP-001")
    typed = {
        "name": known.name,
        "category": known.category,
        "address": known.address,
        "lat": "37.361",
        "lon": "126.935",
        "coord_quality": "simulated",
        "stage": "1",
        "seats": "1,142",
        "call_number": "080-039-0001",
    }
    assert admin.post("/admin/facilities/GP-001", typed).status_code == 303
    kept = services.facility("GP-001")
    assert (kept.seats, kept.call_number) == (1142, "0800390001")
    wrong = admin.post("/admin/facilities/GP-001", {**typed, "seats": "많이", "call_number": "02"})
    assert wrong.status_code == 422
    assert 'id="seats-error"' in text(wrong)
    assert 'id="call_number-error"' in text(wrong)
