"""What cannot be planned on is refused in one sentence that names the file and the field; nothing is written."""

import json
import shutil
from datetime import datetime

import pandas as pd
import pytest

from analytics.contract import ExtractRefused
from analytics.planning import PlanParameters, asked, make_plan
from analytics.planning.agents import read_agents
from analytics.planning.writing import as_document
from analytics.refusals import InputRefused
from analytics.result_folder import ResultsRefused
from tests.analytics.planning.conftest import BEGIN, KST, rewrite
from tests.analytics.test_command import analytics
from tests.analytics.town import NOW, make_town


def plan(results, extract, out, **more):
    return make_plan(results, extract, out, PlanParameters(**more), created=NOW)


@pytest.fixture
def copied(world, tmp_path):
    """Return a copy of the results that may be spoilt."""
    folder = tmp_path / "results"
    shutil.copytree(world.results, folder)
    return folder


def test_results_of_another_extract_are_refused(world, tmp_path):
    town = make_town(12, days=14)
    other = town.write(tmp_path / "other", town.cases(5))["extract"]
    with pytest.raises(ResultsRefused, match=r"summary.json, field \w+: these results were not made from .*other"):
        plan(world.results, other, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_results_of_an_earlier_state_of_the_extract_are_refused(world, copied, tmp_path):
    def later(summary):
        summary["as_of"] = "2020-08-18T00:00:00+09:00"

    rewrite(copied, "summary.json", later)
    with pytest.raises(ResultsRefused, match=r"field as_of: .*'2020-08-18T00:00:00\+09:00' here, '2020-08-20T"):
        plan(copied, world.extract, tmp_path / "out")


@pytest.mark.parametrize("name", ["summary.json", "hotspots.geojson", "clusters.csv", "facility_risk.csv"])
def test_a_changed_file_is_refused_by_name(world, copied, tmp_path, name):
    (copied / name).write_bytes((copied / name).read_bytes() + b" ")
    with pytest.raises(ResultsRefused, match=f"{name}: its content is not what datapackage.json vouches for"):
        plan(copied, world.extract, tmp_path / "out")


def test_a_missing_day_a_missing_key_and_another_folder_are_refused(world, copied, tmp_path):
    days = sorted((copied / "unit_hours").iterdir())
    days[-1].unlink()
    with pytest.raises(ResultsRefused, match=f"{days[-1].name}: cannot be read"):
        plan(copied, world.extract, tmp_path / "out")
    rewrite(copied, "summary.json", lambda summary: summary.pop("period"))
    with pytest.raises(ResultsRefused, match="summary.json: lacks 'period'"):
        plan(copied, world.extract, tmp_path / "out")
    with pytest.raises(ResultsRefused, match="'extract 1.1', where this program reads results"):
        plan(world.extract, world.extract, tmp_path / "out")
    with pytest.raises(ResultsRefused, match="nowhere is no result folder"):
        plan(tmp_path / "nowhere", world.extract, tmp_path / "out")
    with pytest.raises(ExtractRefused):
        plan(world.results, world.results, tmp_path / "out")


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"teams": 0}, "field teams: must be 1 to 50, not 0"),
        ({"teams": 1.5}, "field teams: '1.5' cannot be used"),
        ({"hours": "all day"}, "field hours: 'all day' cannot be used"),
        ({"start": [10, 50]}, "field start: must be longitude, latitude in Korea"),
        ({"start": 7}, "field start: '7' cannot be used"),
        ({"agent": "perfume"}, "field agent: must be one of hypochlorite, quat"),
        ({"begin": "tomorrow"}, "field begin: 'tomorrow' is not a time such as 2020-08-29T09:00"),
        ({"begin": "2020-08-29T09:00:00+00:00"}, "field begin"),
        ({"walk": 3}, "field walk: is no parameter of a plan"),
        ({"hours": float("nan")}, "field hours: must be above 0"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused_by_its_field(request_, said):
    with pytest.raises(InputRefused, match=said):
        asked(request_)


def test_a_request_is_what_the_plan_tells_of_itself():
    parameters = PlanParameters(begin=BEGIN, teams=3, start=(126.9, 37.3), hours=4.5)
    assert asked(json.loads(json.dumps(parameters.as_dict()))) == parameters
    assert asked({"begin": "2020-08-29T09:00"}).begin == datetime(2020, 8, 29, 9, tzinfo=KST)


def test_without_a_time_the_teams_leave_at_the_first_nine_that_is_not_past():
    at = pd.Timestamp("2020-08-29T09:00", tz="Asia/Seoul").to_pydatetime()
    assert PlanParameters().begin_after(at) == at
    assert PlanParameters().begin_after(at.replace(hour=10)).day == 30


def test_a_broken_table_of_agents_is_refused(tmp_path):
    table = tmp_path / "agents.csv"
    table.write_text("agent,ko,en,rule,ko_rule,en_rule\nsoap,비누,soap,soon,ㄱ,a\n", encoding="utf-8")
    with pytest.raises(InputRefused, match="agents.csv, line 2, field rule: 'soon' is neither next_day nor"):
        read_agents(table)
    table.write_text("agent,ko,en,rule,ko_rule,en_rule\nsoap,,soap,agreement,ㄱ,a\n", encoding="utf-8")
    read_agents.cache_clear()
    with pytest.raises(InputRefused, match="agents.csv, line 2, field ko: empty"):
        read_agents(table)


def test_the_command_plans_tells_and_refuses_in_one_sentence(world, tmp_path):
    out = tmp_path / "plan"
    given = ("plan", "--results", world.results, "--extract", world.extract, "--out", out, "--iterations", 50)
    done = analytics(*given, "--from", "2020-08-20T09:00", "--start", "126.93,37.36")
    assert done.returncode == 0, done.stderr
    assert "planned" in done.stdout
    told = json.loads((out / "plan.json").read_text("utf-8"))
    same = world.plan(tmp_path / "again" / "plan", start=(126.93, 37.36), iterations=50)
    assert told | {"created": ""} == as_document(same) | {"created": ""}
    done = analytics(*given, "--from", "noon")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert done.stderr.strip().splitlines()[-1].startswith("Error: field begin: 'noon'")
    done = analytics(*given, "--start", "Gunpo")
    assert done.returncode == 2
    assert "'Gunpo' is no place such as 126.9361,37.3339" in done.stderr
