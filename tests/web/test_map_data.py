"""Which result folder the officer's map shows, what its data hold, and who may read them."""

import json
import logging
import shutil
from pathlib import Path

import pytest

from entry_service.store.sites import facilities
from entry_service.web.officer.result_folders import newest
from tests.demo.result_fixture import DAYS, HOT, write_results

from .conftest import ROLES, facility

ROOT = Path(__file__).resolve().parents[2]
API = "/api/v1/results/latest"
DAY = DAYS[0]
FILES = ["hotspots.geojson", "hotspots.gpkg", "summary.json", "clusters.csv", "units.json"]
FILES += [
    f"unit_hours/{DAY}.json",
    f"layers/population/{DAY}.i16",
    f"events/{DAY}.json",
    "tables/emerging.json",
    "facilities.json",
]


@pytest.fixture
def results(settings):
    return settings.results_dir


@pytest.fixture
def run(results):
    return write_results(results / "run-1")


def test_the_latest_as_of_wins_whatever_the_folder_is_called_and_however_its_offset_is_written(results):
    write_results(results / "z-first", as_of="2020-08-29T00:00:00+09:00")
    write_results(results / "a-second", as_of="2020-08-28T16:00:00+00:00")  # an hour later
    assert newest(results).path.name == "a-second"


def test_of_two_runs_on_the_same_knowledge_the_one_made_last_wins(results):
    for name, created in (("b", "2020-08-29T00:10:00+09:00"), ("a", "2020-08-29T00:20:00+09:00")):
        file = write_results(results / name) / "summary.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), "created": created}))
    assert newest(results).path.name == "a"


def test_there_may_be_no_result_yet(results):
    assert newest(results) is None
    results.mkdir(parents=True)
    assert newest(results) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "summary.json").unlink(),
        lambda folder: (folder / "hotspots.geojson").unlink(),
        lambda folder: (folder / "clusters.csv").unlink(),
        lambda folder: (folder / "summary.json").write_text('{"as_of": "2020-08'),
        lambda folder: (folder / "summary.json").write_text("[]"),
        lambda folder: (folder / "summary.json").write_text('{"as_of": "yesterday"}'),
        lambda folder: (folder / "summary.json").write_text('{"as_of": ""}'),
        lambda folder: folder.rename(folder.with_name(".being-written")),
    ],
    ids=["no summary", "no units", "no clusters", "cut off", "not a summary", "no date", "no as_of", "hidden"],
)
def test_a_folder_that_is_not_whole_is_passed_over(results, run, damage, person):
    damage(write_results(results / "run-2", as_of="2020-09-05T00:00:00+09:00"))
    assert newest(results).path == run
    assert person("officer").get("/officer").status_code == 200


def test_a_folder_that_is_passed_over_is_named_in_the_log(results, run, caplog):
    (write_results(results / "broken", as_of="2020-09-05T00:00:00+09:00") / "summary.json").write_text("{")
    with caplog.at_level(logging.WARNING):
        newest(results)
    assert [record.facts["folder"] for record in caplog.records] == ["broken"]


def test_the_pointer_to_the_latest_run_is_not_a_second_run(results, run):
    (results / "latest").symlink_to(run.name)
    assert newest(results).path.name == "run-1"


def test_one_feature_a_unit_reaches_the_map_unchanged(person, run):
    sent = person("officer").get(f"{API}/hotspots.geojson")
    assert sent.mimetype == "application/geo+json"
    assert sent.get_json() == json.loads((run / "hotspots.geojson").read_text())


def test_a_geopackage_and_a_table_for_office_programs_are_handed_out(person, run):
    officer = person("officer")
    sent = officer.get(f"{API}/hotspots.gpkg")
    assert sent.mimetype == "application/geopackage+sqlite3"
    assert sent.data == (run / "hotspots.gpkg").read_bytes()
    table = officer.get(f"{API}/clusters.csv").data
    assert table == b"\xef\xbb\xbf" + (run / "clusters.csv").read_bytes()


def test_a_day_comes_as_24_values_a_unit_and_missing_stays_missing(person, run):
    day = person("officer").get(f"{API}/unit_hours/{DAYS[0]}.json").get_json()
    columns = {name: day[name] for name in ("population", "entries", "index_visits", "missing")}
    assert {len(values) for rows in columns.values() for values in rows} == {24}
    assert {len(rows) for rows in columns.values()} == {len(day["unit_codes"])}
    hot = day["unit_codes"].index(HOT[0])
    assert [hour for hour, visits in enumerate(day["index_visits"][hot]) if visits] == [19, 20]
    for people, reasons in zip(day["population"], day["missing"], strict=True):
        for value, reason in zip(people, reasons, strict=True):
            assert (value is None) == (reason == "masked")


@pytest.mark.parametrize("day", ["2020-08-12", "..%2f..%2fsummary", "today", "2020-08-13.csv"])
def test_a_day_that_the_run_does_not_have_is_not_found(person, run, day):
    assert person("officer").get(f"{API}/unit_hours/{day}.json").status_code == 404


@pytest.mark.parametrize("file", FILES)
def test_an_unchanged_file_is_not_sent_twice_and_a_newer_run_is_seen_at_once(person, run, results, file):
    officer = person("officer")
    first = officer.get(f"{API}/{file}")
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = officer.get(f"{API}/{file}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    write_results(results / "run-2", as_of="2020-09-05T00:00:00+09:00", seed=2)
    changed = officer.get(f"{API}/{file}", headers={"If-None-Match": first.headers["ETag"]})
    same = {"clusters.csv", "tables/emerging.json", "facilities.json"}  # in both runs
    assert changed.status_code == (304 if file in same else 200)


@pytest.mark.parametrize("file", FILES)
def test_only_officers_read_results(person, run, file, device):
    assert person().get(f"{API}/{file}").status_code == 401
    assert person().get(f"{API}/{file}", headers=device).status_code == 401
    for role in set(ROLES) - {"officer"}:
        assert person(role).get(f"{API}/{file}").status_code == 403, role


def test_without_a_result_the_data_are_not_found_and_the_page_says_what_to_do(person):
    officer = person("officer")
    assert {officer.get(f"{API}/{file}").status_code for file in FILES} == {404}
    page = officer.get("/officer").get_data(as_text=True)
    assert "아직 분석 결과가 없습니다" in page
    assert "python -m analytics hotspots" in page


def test_a_run_whose_hours_are_gone_still_has_its_verdicts(person, run):
    shutil.rmtree(run / "unit_hours")
    page = person("officer").get("/officer").get_data(as_text=True)
    assert "585개 구역 중 2개가 핫스팟입니다" in page
    assert 'id="time-hour"' not in page


def test_results_are_as_old_as_the_period_they_are_of(person, run, clock):
    clock.passes(days=9)  # the run knew all until 29 August, its last day is the 14th
    page = person("officer").get("/officer").get_data(as_text=True)
    assert "이 결과는 19일 전 자료입니다" in page


def test_results_without_days_are_as_old_as_what_they_knew(person, run, clock):
    shutil.rmtree(run / "unit_hours")
    clock.passes(days=9)
    assert "이 결과는 5일 전 자료입니다" in person("officer").get("/officer").get_data(as_text=True)


def test_results_until_yesterday_are_not_called_old(person, run, clock):
    for day in (run / "unit_hours").iterdir():
        day.rename(day.with_name(day.name.replace("2020-08-14", "2020-08-28")))
    clock.passes(days=4, hours=1)
    assert "일 전 자료입니다" not in person("officer").get("/officer").get_data(as_text=True)


def test_a_sensitive_facility_is_neither_drawn_nor_named_anywhere(person, services, run):
    hidden = facility("GP-903", "가온 상담쉼터", sensitive=True, lon=126.94321, lat=37.35432)
    services.store.write(lambda db: facilities.add(db, hidden))
    (run / "facility_risk.csv").write_text(
        "facility_id,unit_code,rank,relative_hazard,infectious_person_hours\n"
        "GP-903,다사51002850,1,9.1,2.5\nGP-001,다사51002825,2,3.2,1.5\n"
    )
    officer = person("officer")
    for path in ("/officer", "/officer/background.geojson", *(f"{API}/{file}" for file in FILES)):
        told = officer.get(path).data
        for fact in (hidden.name, hidden.facility_id, "126.94321", "37.35432", "군포시청"):
            assert fact.encode() not in told, path
    [shown] = officer.get(f"{API}/facilities.json").get_json()
    assert (shown["name"], shown["rank"], shown["relative_hazard"]) == ("산본도서관", 2, 3.2)


def page_data(page):
    return json.loads(page.split('id="page-data">')[1].split("</script>")[0])


def rewrite_summary(run, **changes):
    file = run / "summary.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}, ensure_ascii=False))


def test_what_limits_the_reading_of_a_run_is_said_in_the_readers_language(person, run):
    said = {
        "code": "date_only",
        "ko": "방문 3건은 날짜만 알려져 있습니다.",
        "en": "3 visits are known only by date.",
    }
    rewrite_summary(run, warnings=[said])
    officer = person("officer")
    korean = officer.get("/officer").get_data(as_text=True)
    assert said["ko"] in korean
    assert said["en"] not in korean
    assert said["en"] in officer.get("/officer?lang=en").get_data(as_text=True)


def test_published_routes_are_not_called_an_entry_log(person, run, clock):
    clock.passes(days=9)
    officer = person("officer")
    assert "<dd>출입 기록</dd>" in officer.get("/officer").get_data(as_text=True)
    rewrite_summary(run, profile="routes")
    page = officer.get("/officer").get_data(as_text=True)
    assert "<dd>공개된 동선</dd>" in page
    assert page_data(page)["routes"] is True
    assert "모의 도시" not in page


def test_the_map_opens_with_the_strongest_hot_cluster_and_lists_only_what_came_next(person, run):
    page = person("officer").get("/officer").get_data(as_text=True)
    assert page_data(page)["start"] == {"day": str(DAYS[0]), "hour": 19, "unit": HOT[0]}
    file = run / "clusters.csv"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines, *[lines[2]] * 8]) + "\n")  # many more that are not hot
    assert person("officer").get("/officer").get_data(as_text=True).count('data-unit="다사49752925"') == 2


def test_every_reason_and_pattern_that_the_analytics_give_has_words(app):
    from analytics.outputs.words import REASONS

    source = (app.jinja_env.loader.get_source(app.jinja_env, "officer/words.html"))[0]
    names = source.split("reason_names = {")[1].split("}")[0]
    assert {reason for reason in REASONS if f'"{reason}"' not in names} == set()
    contract = json.loads((ROOT / "contract" / "results.json").read_text(encoding="utf-8"))["tables"]["emerging"]
    [field] = [one for one in contract["schema"]["fields"] if one["name"] == "category"]
    patterns = source.split("pattern_names = {")[1].split("}")[0]
    assert {name for name in field["constraints"]["enum"] if name and f'"{name}"' not in patterns} == set()
