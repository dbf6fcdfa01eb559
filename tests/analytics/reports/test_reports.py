"""The reports of a run: two good pages of A4, typed cells, pictures, the same bytes for the same run."""

import csv
import io
import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from PIL import Image

from analytics.commands import main
from analytics.hotspots import find_hotspots
from analytics.parameters import Parameters
from analytics.refusals import InputRefused, NothingToJudge, OutputRefused, UnitsRefused
from analytics.reports.daily import day_of
from analytics.reports.dongs import dongs_of_run
from analytics.reports.html_daily import daily_html
from analytics.reports.html_weekly import weekly_html
from analytics.reports.reading import read_run
from analytics.reports.weekly import week_of
from analytics.reports.write import ENDINGS, KINDS, write_reports
from tests.analytics.test_hotspots import QUICK, planted
from tests.analytics.town import FIRST, NOW, make_town
from tests.web.browser import axe_violations, chromium, phone, too_wide
from tests.workbooks import sheet_rows

FILES = [f"{kind}.{ending}" for kind in KINDS for ending in ENDINGS]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a result folder of sixteen days with eight infected in one place, and its reports."""
    folder = tmp_path_factory.mktemp("reports")
    town, visits, where = planted(12)
    out = folder / "results"
    find_hotspots(**town.write(folder, visits), out=out, created=NOW, parameters=Parameters(**QUICK))
    write_reports(out, folder / "reports")
    return out, folder / "reports", where


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def assert_two_good_pages(browser, file):
    """Fail unless the page prints on two sheets and everything on a sheet ends above its foot."""
    page = browser.new_page()
    page.goto(file.as_uri())
    page.emulate_media(media="print")
    assert pages_of(page.pdf(prefer_css_page_size=True, print_background=True)) == 2
    room = page.evaluate(
        "[...document.querySelectorAll('.sheet')].map(sheet => {const top = sheet.getBoundingClientRect().top;"
        "const foot = sheet.querySelector('.foot').getBoundingClientRect().top - top;"
        "return Math.min(...[...sheet.children].filter(one => !one.matches('.foot'))"
        ".map(one => foot - one.getBoundingClientRect().bottom + top))})"
    )
    page.close()
    assert len(room) == 2
    assert min(room) > 0, room


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_prints_on_exactly_two_pages_and_nothing_is_cut_off(run, browser, kind):
    assert_two_good_pages(browser, run[1] / f"{kind}.html")


def test_a_run_made_years_later_tells_what_was_to_be_done_on_its_days(run):
    found = read_run(run[0])
    dongs = dongs_of_run(found, None)
    late = replace(found, summary=found.summary | {"as_of": "2026-11-28T12:00:00+09:00"})
    place, same = day_of(found, dongs).places[0], day_of(late, dongs).places[0]
    assert same.days_since == (found.days[-1] - same.last_visit).days + 1
    assert same.disinfect == place.disinfect


def test_the_fullest_brief_fits_its_two_pages_too(run, browser, tmp_path):
    found = read_run(run[0])
    dongs = dongs_of_run(found, None)
    brief = day_of(found, dongs)
    long = ["가나다라마바사1동", "가나다라마바사2동", "가나다라마바사3동", "가나다라마바사4동"]
    hours = [1, 3, 5, 7, 9, 11, 13, 15, 17]
    place = replace(brief.places[0], dongs=long, busy=hours, days_since=2, without=3, second=4)
    full = replace(
        brief,
        places=[replace(place, rank=rank) for rank in range(1, 6)],
        blind_spots=dict.fromkeys(
            ["재궁동 다사49752875", "광정동 다사49502900", "산본2동 다사50252975", "x"], 1.0
        ),
        visitors=(0.1, 0.9),
        masked_matters=12,
        left_out=30,
        warnings=[
            "유동인구 파일의 날짜가 모자라 다른 날의 평균으로 대신한 날이 있으므로 그 판단을 조심해야 합니다. " * 2
        ]
        * 5,
        no_data={"absent": 100, "masked": 50},
    )
    (tmp_path / "full.html").write_text(daily_html(found, dongs, full), encoding="utf-8")
    assert_two_good_pages(browser, tmp_path / "full.html")


def test_the_fullest_week_fits_its_two_pages_too(run, browser, tmp_path):
    found = read_run(run[0])
    found.summary["masked"] = None
    dongs = dongs_of_run(found, None)
    week = week_of(found, dongs)
    places = week.surges["place"].head(9)
    unlike = pd.DataFrame(
        {
            "place": places,
            "day": week.days[0],
            "share": 0.3,
            "people": 1e5,
            "usual": 8e4,
            "hour": 3,
            "difference": 1e4,
        }
    )
    holidays = {week.days[0]: "부처님 오신 날 대체공휴일"}
    full = replace(
        week,
        unit_surges=week.surges.head(20),
        anomalies=unlike.assign(rests_on=3),
        holidays=holidays,
        holidays_known=False,
    )
    (tmp_path / "full.html").write_text(weekly_html(found, dongs, full), encoding="utf-8")
    assert_two_good_pages(browser, tmp_path / "full.html")


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_reads_well_on_a_phone(run, browser, kind):
    page = phone(browser, "http://unused")
    page.goto((run[1] / f"{kind}.html").as_uri())
    assert not too_wide(page)
    assert axe_violations(page) == []
    assert page.complaints == []


def test_nothing_in_a_report_comes_from_outside(run):
    for kind in KINDS:
        text = (run[1] / f"{kind}.html").read_text(encoding="utf-8")
        assert re.findall(r'(?:src|href)="(?!#|data:)', text) == []
        assert "<script" not in text
        assert not re.search(r"url\(\"?http", text)


def test_the_brief_says_where_why_since_when_how_sure_and_what_to_do(run):
    out, folder, where = run
    text = (folder / "daily.html").read_text(encoding="utf-8")
    found = read_run(out)
    name = found.units["name"][where].split()[-1]
    first = text.split("서로 다른 확진자")[0]
    assert name in first  # as it is found on the map
    for word in ("왜: ", "언제부터: ", "얼마나 확실한가: p = ", "검사 안내", "알 수 없는 것"):
        assert word in text
    assert re.search(r"\d{4}\. \d{1,2}\. \d{1,2}\.\([월화수목금토일]\)", text)
    assert "민감시설" in text


def test_nobody_is_sent_out_at_night_where_most_people_are_at_home(run):
    found = read_run(run[0])
    people = np.full_like(found.population, 10.0)
    people.reshape(len(people), -1, 24)[:, :, :6] = 100.0  # at night
    people.reshape(len(people), -1, 24)[:, :, 18:20] = 20.0
    asleep = replace(found, population=people)
    assert [place.busy for place in day_of(asleep, dongs_of_run(found, None)).places] == [[18, 19]]


def test_the_week_is_what_the_run_counted(run):
    found = read_run(run[0])
    dongs = dongs_of_run(found, None)
    week = week_of(found, dongs)
    assert len(week.days) == 7
    last = found.population[:, -7 * 24 :].reshape(len(found.units), 7, 24)
    expected = np.nanmean(np.where(np.isnan(last).all(axis=1)[:, None, :], 0, last), axis=1)
    known = week.hours.notna().to_numpy()
    assert np.allclose(week.hours.to_numpy()[known], expected[known])
    masked = np.isnan(last).all(axis=(1, 2))
    assert week.hours[masked].isna().all().all()  # a dong nobody counted is no zero
    steepest = week.surges.iloc[0]
    at = found.units.index.get_loc(steepest["place"])
    hour = 24 * found.days.index(steepest["day"]) + steepest["hour"]
    assert steepest["surge"] == pytest.approx(found.population[at, hour] - found.population[at, hour - 3])
    assert week.unit_surges.empty  # the units are the dongs


def test_days_are_compared_with_days_of_their_kind(run):
    found = read_run(run[0])
    week = week_of(found, dongs_of_run(found, None))
    assert week.anomalies.empty or (week.anomalies["rests_on"] >= 2).all()
    assert week.holidays_known


def test_cells_of_the_workbooks_are_typed_and_no_text_is_a_formula(run):
    hours = sheet_rows((run[1] / "weekly.xlsx").read_bytes())
    assert hours[0][:3] == ["동 코드", "동", "0시"]
    assert len(hours) == 37
    assert all(isinstance(cell, float) for row in hours[1:] for cell in row[2:] if cell is not None)
    days = sheet_rows((run[1] / "weekly.xlsx").read_bytes(), 2)
    assert 44_000 < days[1][2] < 44_100  # a date as office programs keep it
    places = sheet_rows((run[1] / "daily.xlsx").read_bytes())
    assert places[0][6] == "서로 다른 확진자"
    assert places[1][6] >= 8


def test_csv_opens_in_office_programs(run):
    for kind in KINDS:
        raw = (run[1] / f"{kind}.csv").read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
        assert len({len(row) for row in rows}) == 1
    weekly = list(csv.DictReader(io.StringIO((run[1] / "weekly.csv").read_text(encoding="utf-8-sig"))))
    assert len(weekly) == 36 * 7 * 24
    assert {row["유동인구(명)"] for row in weekly if row["동 코드"] == "41410102"} != {""}


def test_pictures_are_whole_and_have_no_empty_boxes(run):
    for kind in KINDS:
        with Image.open(run[1] / f"{kind}.png") as picture:
            assert picture.size[0] == 1350
            assert len(picture.convert("L").getcolors(256)) > 10


def test_the_same_run_gives_the_same_bytes_and_says_what_it_covers(run, tmp_path):
    write_reports(run[0], tmp_path / "again")
    for name in (*FILES, "datapackage.json"):
        assert (tmp_path / "again" / name).read_bytes() == (run[1] / name).read_bytes(), name
    package = json.loads((run[1] / "datapackage.json").read_text(encoding="utf-8"))
    assert package["period"]["last_day"] == "2020-08-12"  # by which the retention job destroys it
    assert [entry["path"] for entry in package["resources"]] == sorted(FILES)


def test_the_command_writes_one_kind_and_leaves_other_files_alone(run, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine", encoding="utf-8")
    call = ["report", "--results", str(run[0]), "--kind", "weekly", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, call, obj=NOW)
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "datapackage.json", "mine.txt", *sorted(f"weekly.{ending}" for ending in ENDINGS),
    ]  # fmt: skip


def test_a_run_without_a_hotspot_says_so(tmp_path, browser):
    town = make_town(3, days=9)
    out = tmp_path / "results"
    quick = Parameters(**{**QUICK, "alpha": 0.0001})
    find_hotspots(**town.write(tmp_path, town.cases(6)), out=out, created=NOW, parameters=quick)
    write_reports(out, tmp_path / "reports", kinds=("daily",))
    text = (tmp_path / "reports" / "daily.html").read_text(encoding="utf-8")
    assert "핫스팟 없음" in text
    assert "통상 방역을 유지" in text
    brief = day_of(read_run(out), dongs_of_run(read_run(out), None))
    assert brief.places == []
    assert brief.day == (FIRST + np.timedelta64(8, "D")).date()


def test_what_cannot_be_reported_is_refused_in_one_sentence(run, tmp_path):
    with pytest.raises(InputRefused, match="is no result folder"):
        write_reports(tmp_path, tmp_path / "out")
    with pytest.raises(InputRefused, match="kind: must be of weekly, daily"):
        write_reports(run[0], tmp_path / "out", kinds=("monthly",))
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputRefused, match="is a file"):
        write_reports(run[0], tmp_path / "file")
    broken = tmp_path / "broken"
    shutil.copytree(run[0], broken)
    (broken / "clusters.csv").write_text("x", encoding="utf-8")
    with pytest.raises(InputRefused, match="SHA-256 differs"):
        write_reports(broken, tmp_path / "out")
    found = read_run(run[0])
    found.summary["population"]["unit_kind"] = "cell"
    with pytest.raises(UnitsRefused, match="name the boundaries of dongs with --areas"):
        dongs_of_run(found, None)
    found.summary["population"]["unit_kind"] = "dong"
    found.summary["population"]["days"]["stood_in"] = {day.isoformat(): 3 for day in found.days}
    with pytest.raises(NothingToJudge, match="counted nobody in the week"):
        week_of(found, dongs_of_run(found, None))
