"""The officer's list of reports: what is there can be opened and kept, and a report can do nothing but be read."""

import json
import os

import pytest

from entry_service.usecases.hotspots.run_status import follow_ups
from entry_service.web.officer.report_folders import report_file, report_folders

from .publication_folder import write_public

FILES = {
    "weekly.html": b"<!doctype html><title>x</title>",
    "weekly.xlsx": b"PK",
    "daily.csv": b"\xef\xbb\xbfx",
    "daily.png": b"p",
}
OTHERS = [
    "run-1/secret.txt",
    "run-1/weekly.png",
    "run-9/weekly.html",
    ".run-3-x/weekly.html",
    "../run-1/weekly.html",
]


@pytest.fixture
def reports(settings):
    """Write the reports of two runs, one of them older, and what is no report."""
    for number, run in enumerate(("run-1", "run-2")):
        folder = settings.reports_dir / run
        folder.mkdir(parents=True)
        for name, content in FILES.items():
            (folder / name).write_bytes(content)
            os.utime(folder / name, (1_598_000_000 + number, 1_598_000_000 + number))
    (settings.reports_dir / "empty").mkdir()
    (settings.reports_dir / ".run-3-x").mkdir()
    (settings.reports_dir / ".run-3-x" / "weekly.html").write_bytes(b"half")
    (settings.reports_dir / "run-1" / "secret.txt").write_text("x", encoding="utf-8")
    return settings.reports_dir


def test_the_youngest_reports_stand_first_and_half_made_ones_nowhere(reports, person):
    page = person("officer").get("/officer/reports").get_data(as_text=True)
    assert page.index("run-2") < page.index("run-1")
    assert "run-3" not in page
    assert "주간 유동인구 보고" in page
    assert [folder.run for folder in report_folders(reports)] == ["run-2", "run-1"]


def test_a_report_is_a_page_that_may_do_nothing_and_asks_each_time(reports, person):
    officer = person("officer")
    first = officer.get("/officer/reports/run-1/weekly.html")
    assert first.data == FILES["weekly.html"]
    policy = first.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox" in policy
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = officer.get("/officer/reports/run-1/weekly.html", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("name", "saved"), [("weekly.xlsx", "weekly-run-2.xlsx"), ("daily.csv", "daily-run-2.csv")]
)
def test_tables_are_saved_under_the_name_of_their_run(reports, person, name, saved):
    answer = person("officer").get(f"/officer/reports/run-2/{name}")
    assert answer.data == FILES[name]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{saved}"'


@pytest.mark.parametrize("path", OTHERS)
def test_nothing_else_is_served(reports, person, path):
    assert person("officer").get(f"/officer/reports/{path}").status_code == 404
    run, _, name = path.rpartition("/")
    assert report_file(reports, run, name) is None


def test_without_reports_the_page_says_how_they_come(person):
    assert "아직 보고서가 없습니다" in person("officer").get("/officer/reports").get_data(as_text=True)


def test_only_officers_read_reports(reports, person):
    for role in ("manager", "admin", "auditor"):
        assert person(role).get("/officer/reports/run-1/weekly.html").status_code == 403


def test_the_newest_is_marked(reports, person):
    page = person("officer").get("/officer/reports").get_data(as_text=True)
    assert page.count(">최신<") == 1
    assert page.index("최신") < page.index("run-1")


def follow(results, **changes):
    told = {"run": "run-2", "state": "failed", "at": "2020-08-25T18:00:00+09:00", "done_at": None}
    told |= {"error": {"ko": "결과 폴더에 쓸 수 없습니다.", "en": "The folder cannot be written."}} | changes
    results.mkdir(parents=True, exist_ok=True)
    (results / "followed.json").write_text(json.dumps({"public_result": told}), encoding="utf-8")


def test_a_publication_that_failed_says_why_and_when_the_last_one_was(settings, person):
    follow(settings.results_dir)
    officer = person("officer")
    page = officer.get("/officer/reports").get_data(as_text=True)
    assert "공개 결과를 새로 만들지 못했습니다" in page
    assert "이유: 결과 폴더에 쓸 수 없습니다." in page
    assert "마지막 공개" not in page  # there never was one
    write_public(settings.public_dir)
    page = officer.get("/officer/reports").get_data(as_text=True)
    assert "마지막 공개 2020. 8. 31." in page
    assert "The folder cannot be written." in officer.get("/officer/reports?lang=en").get_data(as_text=True)
    follow(settings.results_dir, state="done", error=None)
    assert "만들지 못했습니다" not in officer.get("/officer/reports").get_data(as_text=True)


@pytest.mark.parametrize("changes", [{"at": "now"}, {"at": "2020-08-25T18:00:00"}, {"run": None, "done_at": 1}])
def test_what_cannot_be_read_of_it_is_as_good_as_absent(settings, person, changes):
    follow(settings.results_dir, **changes)
    assert follow_ups(settings.results_dir) == {}
    assert person("officer").get("/officer/reports").status_code == 200
