"""The officer's plan: what is shown of it, what is changed in it, what leaves as a file."""

import json
import re
from datetime import timedelta

import pytest

from entry_service.store.database.engine import Store
from entry_service.store.plans import field_checks, plans
from entry_service.store.sites import facilities
from tests.field_notes import check
from tests.workbooks import sheet_rows

from .conftest import facility
from .planned import DAY, START, at, plan_of, stop, usual_stops, write_plan

PLAN = "20200825T080000-abcd"
HOME = f"/officer/plans/{PLAN}"


@pytest.fixture
def planned(services, settings):
    """Return the file of a plan whose facilities the service knows."""

    def add(db) -> None:
        for number, name in ((3, "중앙시장"), (4, "금정역 상가"), (5, "=당동탁구장")):
            facilities.add(db, facility(f"GP-00{number}", name))

    services.store.write(add)
    return write_plan(settings.var, plan_of(PLAN, usual_stops()))


def page(person, address: str = HOME) -> str:
    return person("officer").get(address).get_data(as_text=True)


def library_of(officer) -> str:
    """Return the row of the first stop."""
    return officer.get(HOME).get_data(as_text=True).split('id="s-d-GP-001"')[1].split("</tr>")[0]


def map_of(shown: str) -> dict:
    """Return what the page's map draws."""
    return json.loads(re.search(r'id="map-data">(.*?)</script>', shown)[1])


def test_the_list_and_the_page_of_a_plan(person, planned):
    listed = page(person, "/officer/plans")
    assert f'href="{HOME}"' in listed
    assert "분석 결과가 없습니다" in listed  # no result folder, so that no plan can be asked for
    shown = page(person)
    for words in (
        "산본도서관",
        "중앙시장",
        "금정역 상가",
        "확진자가 어제 다녀갔습니다",
        "별도 소독이 필요하지 않은 곳 1곳",
        "산본1동",
    ):
        assert words in shown
    assert "남은 곳이 있습니다." in shown


def test_the_list_counts_a_plan_as_it_stands(person, planned, services):
    officer = person("officer")
    officer.post(f"{HOME}/stops", {"stop_id": "d-GP-004", "team": "2"})
    officer.post(f"{HOME}/stops", {"stop_id": "d-GP-003", "team": "drop", "reason": "휴업"})
    officer.post(f"{HOME}/stops", {"stop_id": "d-GP-001", "team": "drop", "reason": "휴업"})
    services.store.write(lambda db: field_checks.append(db, check(plan_id=PLAN, stop_id="d-GP-004", team=2)))
    shown = officer.get(HOME).get_data(as_text=True)
    listed = officer.get("/officer/plans").get_data(as_text=True)
    assert "2개 조가 2곳에 갑니다. 1곳을 마쳤습니다." in shown
    for words in ("2개 조 · 방문지 2곳", "남음 2곳", "완료 1곳"):
        assert words in listed
    assert "국토지리정보원" in map_of(shown)["words"]["attribution"]


def test_however_many_plans_there_are_the_log_is_opened_as_often(person, planned, settings, monkeypatch):
    officer, opened, read = person("officer"), [], Store.read

    def counted(self, **facts):
        opened.append(self)
        return read(self, **facts)

    monkeypatch.setattr(Store, "read", counted)
    counts = []
    for number in range(2):
        officer.get("/officer/plans")
        counts.append(len(opened))
        opened.clear()
        for more in range(4):
            write_plan(settings.var, plan_of(f"20200825T08000{number}-000{more}", usual_stops()))
    assert counts[0] == counts[1]


def test_a_facility_that_became_sensitive_is_nowhere(person, planned, services):
    services.store.write(lambda db: facilities.update_facility(db, facility("GP-003", "중앙시장", sensitive=True)))
    shown = page(person)
    assert "중앙시장" not in shown
    assert "민감시설로 바뀐 1곳" in shown
    for file in ("plan.csv", "teams/1"):
        assert "중앙시장" not in page(person, f"{HOME}/{file}")
    place = [START[1] + 0.0015 * 2, START[0] + 0.002 * 2]
    [way, _other] = map_of(shown)["teams"]
    assert place not in way["line"]  # neither does the way lead there
    assert [one["at"] for one in way["stops"]] == way["line"][1:-1]


def test_a_team_that_lost_all_its_stops_has_no_way(person, planned):
    officer = person("officer")
    officer.post(f"{HOME}/stops", {"stop_id": "v-41410590", "team": "drop", "reason": "중복"})
    assert map_of(officer.get(HOME).get_data(as_text=True))["teams"][1]["line"] == []


def test_a_stop_goes_to_another_team_or_is_dropped_with_a_reason(person, planned, services, clock):
    officer, before = person("officer"), planned.read_bytes()
    stops = f"{HOME}/stops"
    assert officer.post(stops, {"stop_id": "d-GP-001", "team": "2", "reason": "2조가 가까움"}).status_code == 303
    shown = officer.get(HOME).get_data(as_text=True)
    assert "방문지를 2조에 맡겼습니다" in shown
    assert "2조로 변경 (2조가 가까움)" in " ".join(shown.split())
    assert "직선거리로 다시 계산했습니다" in shown
    refused = officer.post(stops, {"stop_id": "d-GP-001", "team": "drop", "reason": " "})
    assert "#" not in refused.headers["Location"]  # the refusal stands at the top of the page
    assert "사유를 적어" in officer.get(HOME).get_data(as_text=True)
    officer.post(stops, {"stop_id": "d-GP-001", "team": "drop", "reason": "휴업"})
    with services.store.read() as db:
        [change] = plans.changes_of_plan(db, PLAN).values()
    assert (change.team, change.reason, change.changed_by, change.day) == (None, "휴업", "A-officer", DAY)
    assert planned.read_bytes() == before
    rows = services.vault.audit.entries(
        clock() - timedelta(days=1), clock() + timedelta(days=1), action="plan_changed"
    )
    assert sorted(row.outcome for row in rows) == ["stop_dropped", "stop_moved"]


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("stops", {"stop_id": "d-none-such", "team": "1"}, 404),
        ("teams", {"account_id": "A-officer", "team": "1"}, 404),
        ("teams", {"account_id": "A-field", "team": "7"}, 303),  # and the page says why
        ("checks", {"stop_id": "d-GP-001", "state": "done", "started": "10:00", "ended": "x"}, 303),
        ("teams", {"account_id": "A-field", "team": "x"}, 422),
        ("sendings", {}, 303),
    ],
)
def test_what_cannot_be_changed_is_refused(person, planned, path, form, status):
    assert person("officer").post(f"{HOME}/{path}", form).status_code == status


@pytest.mark.parametrize("name", ["none-such", "..", "%2e%2e", ".hidden", "a" * 200])
def test_a_plan_that_is_none_is_not_found(person, planned, name):
    assert person("officer").get(f"/officer/plans/{name}").status_code == 404


def test_a_broken_plan_is_passed_over(person, planned, settings):
    broken = settings.var / "plans" / "broken"
    broken.mkdir()
    (broken / "plan.json").write_text('{"id": "broken"}', encoding="utf-8")
    assert page(person, "/officer/plans").count('href="/officer/plans/') == 1


def test_files_say_what_the_page_says(person, planned):
    officer = person("officer")
    text = officer.get(f"{HOME}/plan.csv").get_data().decode("utf-8-sig")
    assert officer.get(f"{HOME}/plan.csv").get_data().startswith(b"\xef\xbb\xbf")
    lines = text.split("\r\n")
    assert lines[0].startswith('"순위","할 일"')
    assert {"산본도서관", "2020. 8. 26.(수)"} <= set(lines[1].strip('"').split('","'))
    assert '"\'=당동탁구장"' in text  # no formula
    book = officer.get(f"{HOME}/plan.xlsx").get_data()
    assert [row[2] for row in sheet_rows(book)[1:3]] == ["산본도서관", "중앙시장"]
    assert sheet_rows(book, 5)[1] == ["산본1동", 2]


def test_a_done_stop_says_by_whom_when_and_from_when_it_may_open(person, planned, services, clock):
    officer, team = person("officer"), person("field")
    officer.post(f"{HOME}/teams", {"account_id": "A-field", "team": "1"})
    assert team.get("/api/v1/field/plan").get_json()["plan_id"] is None  # not before it was sent
    officer.post(f"{HOME}/sendings")
    told = team.get("/api/v1/field/plan").get_json()
    assert [one["name"] for one in told["stops"]] == ["산본도서관", "중앙시장"]
    when = clock().isoformat()
    check = {"check_id": "check-0001", "plan_id": PLAN, "stop_id": "d-GP-001", "team": 1, "state": "done"}
    work = {"agent": "hypochlorite", "ppm": 1000, "surfaces": ["handles"], "started_at": when, "ended_at": when}
    body = {"account_id": "A-field", "checks": [check | work]}
    answer = team.client.post("/api/v1/field/checks", json=body, headers={"X-CSRFToken": team.token()})
    assert answer.get_json()["results"][0]["reopens"] == "2020-08-26"
    shown = " ".join(officer.get(HOME).get_data(as_text=True).split())
    assert "차아염소산나트륨 1,000 ppm" in shown
    assert "재개 2020. 8. 26.(수)" in shown
    assert "18:00 · field" in shown
    with services.store.read() as db:
        assert list(field_checks.done_on(db, DAY)) == ["d-GP-001"]


def test_an_officer_corrects_a_done_that_was_noted_at_the_wrong_stop(person, planned, services, clock):
    wrong = check(plan_id=PLAN, judged_at=clock() - timedelta(seconds=30))
    services.store.write(lambda db: field_checks.append(db, wrong))
    officer = person("officer")
    row = library_of(officer)
    assert "정정" in row
    assert "조를 대신해 기록" not in row
    times = dict(re.findall(r'name="(started|ended)" type="time" required value="([0-9:]+)"', row))
    assert times == {"started": "16:59", "ended": "17:59"}
    form = {"stop_id": "d-GP-001", "state": "could_not", "obstacle": "other", **times}
    assert "#s-d-GP-001" in officer.post(f"{HOME}/checks", form).headers["Location"]
    with services.store.read() as db:
        assert field_checks.done_on(db, DAY) == {}
    assert "조를 대신해 기록" in library_of(officer)


def test_after_a_move_closing_times_and_hours_are_checked_in_words(person, planned):
    officer = person("officer")
    for number in (1, 3):
        officer.post(f"{HOME}/stops", {"stop_id": f"d-GP-00{number}", "team": "2"})
    assert "닫는데" not in page(person)
    late = [stop("GP-001", 1, open_until=at(DAY, 9, 30).isoformat()), stop("GP-003", 2, team=2, order=1)]
    full = plan_of(PLAN, late)
    full["parameters"]["hours"] = 1.0
    planned.write_text(json.dumps(full), encoding="utf-8")
    officer.post(f"{HOME}/stops", {"stop_id": "d-GP-003", "team": "1"})
    told = officer.post(f"{HOME}/stops", {"stop_id": "d-GP-001", "team": "2"})
    shown = " ".join(officer.get(told.headers["Location"]).get_data(as_text=True).split())
    assert re.search(r"2조 · 산본도서관: 09:30에 닫는데 09:4\d에 끝납니다\.", shown)
    officer.post(f"{HOME}/stops", {"stop_id": "d-GP-003", "team": "2"})
    assert "10:00까지 돌아와야 하는데" in officer.get(HOME).get_data(as_text=True)


def test_a_shift_over_midnight_says_which_day_it_is(person, planned):
    late = {"arrive": at(DAY, 23).isoformat(), "leave": at(DAY, 23, 40).isoformat()}
    tomorrow = DAY + timedelta(days=1)
    early = {"arrive": at(tomorrow, 0, 20).isoformat(), "leave": at(tomorrow, 1).isoformat()}
    shut = {"open_from": at(DAY, 18).isoformat(), "open_until": at(tomorrow, 1).isoformat()}
    plan = plan_of(PLAN, [stop("GP-001", 1, **late, **shut), stop("GP-003", 2, **early, **shut)])
    plan["parameters"] |= {"begin": at(DAY, 22).isoformat(), "hours": 4.0}
    planned.write_text(json.dumps(plan), encoding="utf-8")
    officer = person("officer")
    sheet = " ".join(officer.get(f"{HOME}/teams/1").get_data(as_text=True).split())
    assert "23:00–23:40" in sheet
    assert "다음 날 00:20–01:00" in sheet
    assert "2020. 8. 26.(수)" in sheet  # the library, the day after
    assert "2020. 8. 27.(목)" in sheet  # the market: disinfected on the 26th
    assert "닫는데" not in sheet  # at one o'clock it closes, and at one the work ends
    book = officer.get(f"{HOME}/plan.xlsx").get_data()
    assert [row[13] for row in sheet_rows(book)[1:3]] == ["2020. 8. 25.(화) 23:00", "2020. 8. 26.(수) 00:20"]
    form = {"stop_id": "d-GP-003", "state": "done", "agent": "alcohol", "started": "00:20", "ended": "00:50"}
    officer.post(f"{HOME}/checks", form)
    assert "끝낸 시각이 아직 오지 않았습니다" in officer.get(HOME).get_data(as_text=True)  # it is the 25th
    listed = officer.get("/officer/plans").get_data(as_text=True)
    assert 'name="end" type="time" value="02:00"' in listed
    assert "다음 날 돌아옵니다." in listed
