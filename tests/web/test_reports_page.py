"""The officer's list of reports: what is there can be opened and kept, and a report can do nothing but be read."""

import os

import pytest

from entry_service.web.officer.report_folders import report_file, report_folders

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
