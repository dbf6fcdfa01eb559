"""What follows a refresh: reports once a day, and nothing that failed is tried over and over."""

import json
from dataclasses import replace
from datetime import datetime

from analytics.watch.follow_ups import next_due
from analytics.watch.settings import Watched


def test_of_the_refreshes_of_a_day_one_has_reports_and_a_failure_is_not_repeated(tmp_path):
    watched = Watched(**dict.fromkeys(("inbox", "results", "extracts", "plans", "store", "units"), tmp_path))
    watched = replace(watched, reports=tmp_path / "reports", public=tmp_path / "public")
    now = datetime.fromisoformat("2020-08-12T09:00:00+09:00")
    first, second, tomorrow = "20200812T090000-aaaa", "20200812T090500-bbbb", "20200813T000500-cccc"
    for run in (first, second, tomorrow):
        (tmp_path / run).mkdir()
        (tmp_path / run / "summary.json").write_text(json.dumps({"as_of": "2020-08-12T08:00:00+09:00"}))
    failed = {("public result", "20200812")}

    def due(run: str, given_up: set, refresh: str) -> str | None:
        found = next_due(watched, run, given_up, now, refresh)
        return found and found.name

    assert due(first, set(), first) == "reports"
    (tmp_path / "reports" / first).mkdir(parents=True)
    (tmp_path / "reports" / first / "datapackage.json").touch()
    assert due(second, set(), second) == "public result"
    assert due(second, failed, second) is None
    assert due(second, failed, first) == "reports"  # somebody asked for this one
    assert due(tomorrow, failed, tomorrow) == "reports"
