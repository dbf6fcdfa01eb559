"""A last day that is not over: its hours that have come are used, those to come are missing and never zero."""

import gzip
import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from analytics.contract import read_extract
from analytics.coverage import WORDS
from analytics.footfall import open_hours
from analytics.footfall.layers import MISSING
from analytics.geography import read_units
from analytics.hotspots import find_hotspots
from analytics.limits import warnings
from analytics.parameters import Parameters
from analytics.planning import PlanParameters, make_plan
from analytics.planning.ground import make_ground
from analytics.planning.reading import read_inputs
from analytics.population import read_population
from analytics.publish.counts import whole_days
from analytics.publish.run import publish
from analytics.refusals import NothingToJudge
from analytics.reports.reading import read_run
from analytics.reports.write import write_reports
from analytics.statistics.persons.visit_null import visit_null
from analytics.study import make_study
from analytics.verdict import _why_no_data
from tests.analytics.town import FIRST, NOW, make_town

DAYS, LOGGED, COME = 16, 14, 15  # 3 to 18 August 2020, a Tuesday; o'clock until which there are log and people
TODAY = date(2020, 8, 18)
OVER = 24 * (DAYS - 1) + LOGGED
QUICK = Parameters(replicates=99, gi_replicates=99, max_radius_m=600.0)


def town_until(folder: Path, *, come: int = COME, over: int = OVER):
    """Write a town whose last day goes on; return it, its visits and its inputs."""
    town = make_town(5, days=DAYS)
    facility = int(np.flatnonzero(town.active[:, OVER - 4])[0])
    visits = town.cases(12)
    visits = [visit for visit in visits if visit["start"] < FIRST + pd.Timedelta(days=DAYS - 1)]
    visits.append(town.visit(200, facility, OVER - 4))
    dated = town.visit(201, facility, 24 * (DAYS - 1))
    visits.append(dated | {"end": dated["start"] + pd.Timedelta(days=1)})
    return town, visits, town.write(folder, visits, over=over, come=24 * (DAYS - 1) + come)


def study_of(inputs, now=None):
    parts = read_extract(inputs["extract"]), read_population(inputs["population"]), read_units(inputs["units"])
    return make_study(*parts, Parameters(), now=now)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("going-on")
    town, visits, inputs = town_until(folder)
    find_hotspots(**inputs, out=folder / "results", created=NOW, parameters=QUICK)
    return town, inputs, folder / "results"


def hours_of(out: Path, day: date) -> pd.DataFrame:
    return pd.read_csv(out / "unit_hours" / f"{day}.csv.gz", keep_default_na=False, dtype=str)


def layer(out: Path, name: str, day: date) -> np.ndarray:
    return np.frombuffer(gzip.decompress((out / "map" / str(day) / f"{name}.i16.gz").read_bytes()), "<i2").reshape(
        24, -1
    )


def test_hours_to_come_are_missing_with_their_reason_and_never_zero(run):
    town, _, out = run
    summary = json.loads((out / "summary.json").read_text())
    assert summary["period"] == {
        "first_day": "2020-08-03",
        "last_day": "2020-08-18",
        "until": "2020-08-18T14:00:00+09:00",
    }
    assert summary["population"]["days"]["stood_in"] == {}
    assert "<dd>2020-08-03 – 2020-08-18 14:00</dd>" in (out / "map.html").read_text("utf-8")
    table = hours_of(out, TODAY)
    clock = table["hour"].str[11:13].astype(int)
    to_come = table[clock >= COME]
    assert set(to_come["missing"]) == {"not_yet"}
    for column in ("population", "observable", "entries", "index_visits"):
        assert set(to_come[column]) == {""}, column
    without_log = table[clock == LOGGED]  # people came for it already, and the log did not
    assert set(without_log["missing"]) == {"not_yet"}
    assert (without_log["population"] != "").all()
    assert set(without_log["observable"]) == {""}
    so_far = table[clock < LOGGED]
    assert "not_yet" not in set(so_far["missing"])
    assert (so_far["observable"] != "").any()
    assert summary["coverage"]["unit_hours_missing"]["not_yet"] == len(town.people) * (24 - LOGGED)


def test_hot_units_of_a_day_that_goes_on_are_said_to_be_looked_for_often(run):
    summary = json.loads((run[2] / "summary.json").read_text())

    def said(hot: list[str], **period: str) -> bool:
        told = summary | {"period": period, "findings": summary["findings"] | {"hot": hot}}
        return "many_looks" in {one["code"] for one in warnings(told)}

    assert said(["11"], until="2020-08-18T14:00:00+09:00")
    assert not said([], until="2020-08-18T14:00:00+09:00")
    assert not said(["11"])


def test_the_layers_show_today_so_far_against_the_same_hours_of_its_kind(run):
    town, _, out = run
    index = json.loads((out / "map" / "index.json").read_text())
    assert index["going_on"] == {"day": "2020-08-18", "hours": COME}
    assert index["usual"]["2020-08-18"] == {"kind": "tuesday", "days": ["2020-08-04", "2020-08-11"]}
    assert index["usual"]["2020-08-04"]["days"] == ["2020-08-11"]  # half a day is no usual one
    day = town.people.reshape(len(town.people), DAYS, 24)
    for name, told in (
        ("population", day[:, -1]),
        ("surge", day[:, -1] - np.hstack([day[:, -2, -3:], day[:, -1, :-3]])),
        ("difference", day[:, -1] - (day[:, 1] + day[:, 8]) / 2),
    ):
        found, scale = layer(out, name, TODAY), index["layers"][name]["scale"]
        assert (found[COME:] == MISSING).all(), name
        np.testing.assert_allclose(found[:COME] / scale, told.T[:COME], atol=1.1 / scale)
    assert (layer(out, "rests_on", TODAY)[:COME] == 2).all()


def test_a_date_of_today_is_compared_with_the_hours_that_have_come(run):
    _, inputs, _ = run
    study = study_of(inputs)
    [at] = np.flatnonzero((study.visits["person"] == 201).to_numpy())
    null = visit_null(study.visits.iloc[[at]], study.exposure.frame())
    seen = np.nansum(study.exposure.observable[:, -24 : -24 + LOGGED], axis=1)
    chance = pd.Series(null.chance[0], index=null.codes).reindex(study.units.index, fill_value=0.0)
    np.testing.assert_allclose(chance, seen / seen.sum(), rtol=1e-9)
    assert np.isnan(study.exposure.frame().to_numpy()[:, -24 + LOGGED :]).all()


def test_what_needs_whole_days_leaves_today_out(run):
    _, inputs, out = run
    assert not open_hours(study_of(inputs))[-24:].any()
    emerging = pd.read_csv(out / "emerging.csv")
    assert emerging["last_day"].dropna().max() == "2020-08-17"
    assert emerging["days"].max() <= DAYS - 1


def test_a_visit_whose_people_have_not_come_is_left_out_and_told(tmp_path):
    _, _, inputs = town_until(tmp_path, come=8)
    found = find_hotspots(**inputs, created=NOW, parameters=QUICK)
    assert found.summary["rows"]["rejected"] == {"not observable: not_yet": 1}
    said = {one["code"]: one["ko"] for one in found.summary["warnings"]}
    assert said["not_yet"].startswith("방문 1건은")
    assert "오늘은 지금까지 온 시간과" in said["date_only"]


def test_without_any_people_of_today_nothing_stands_in_for_it(tmp_path):
    _, _, inputs = town_until(tmp_path, come=0)
    study = study_of(inputs)
    assert study.exposure.lacks("not_yet")[:, -24:].all()
    assert not study.stand_ins.stood_in
    assert not study.stand_ins.not_covered


def test_the_last_hours_of_yesterday_have_not_come_either_just_after_midnight(tmp_path):
    """At five past midnight the log has the whole day, and the population comes an hour or two later."""
    town = make_town(5, days=DAYS)
    inputs = town.write(tmp_path, town.cases(12), come=24 * DAYS - 2)
    log, rest = (
        read_extract(inputs["extract"]),
        (read_population(inputs["population"]), read_units(inputs["units"])),
    )
    soon = make_study(replace(log, as_of=log.end + timedelta(minutes=5)), *rest, Parameters())
    assert soon.going_on is None
    assert soon.exposure.lacks("not_yet").all(axis=0).nonzero()[0].tolist() == [24 * DAYS - 2, 24 * DAYS - 1]
    later = make_study(replace(log, as_of=log.end + timedelta(days=2)), *rest, Parameters())
    assert not later.exposure.lacks("not_yet").any()


def test_a_unit_none_of_whose_hours_have_come_says_so(run):
    _, inputs, _ = run
    exposure = study_of(inputs).exposure
    none = replace(exposure, why=np.full_like(exposure.why, WORDS.index("not_yet")))
    assert set(_why_no_data(none)) == {"not_yet"}


def test_a_forecast_of_hours_that_are_not_over_is_not_taken_for_people(tmp_path):
    _, _, inputs = town_until(tmp_path, come=24)
    now = datetime(2020, 8, 18, 14, 20, tzinfo=ZoneInfo("Asia/Seoul"))
    people = study_of(inputs, now).exposure.population[:, -24:]
    assert np.isfinite(people[:, 13]).any()
    assert np.isnan(people[:, 14:]).all()


def test_the_public_is_told_of_whole_days_alone(run, tmp_path):
    _, inputs, _ = run
    log = read_extract(inputs["extract"])
    cut = whole_days(log)
    assert cut.end.isoformat() == "2020-08-18T00:00:00+09:00"
    assert cut.facility_hours["hour"].max() < cut.end
    assert (cut.index_visits["start"] < cut.end).all()
    assert len(cut.index_visits) == len(log.index_visits) - 2
    told = publish(**inputs, out=tmp_path / "public", created=NOW, parameters=QUICK)
    assert told["period"]["last_day"] == "2020-08-17"
    assert "2020-08-18" not in (tmp_path / "public" / "public.csv").read_text("utf-8-sig")
    with pytest.raises(NothingToJudge):
        whole_days(replace(log, start=log.end - timedelta(hours=3)))


def test_a_first_day_that_does_not_begin_at_midnight_is_no_day_for_the_public(run):
    _, inputs, _ = run
    log = read_extract(inputs["extract"])
    begun = replace(log, start=log.start + timedelta(days=4, hours=9))
    cut = whole_days(begun)
    assert cut.start == log.start + timedelta(days=5)
    assert cut.facility_hours["hour"].min() == cut.start
    assert cut.index_visits["start"].min() >= cut.start
    assert log.index_visits["start"].between(begun.start, cut.start).any()
    whole = replace(log, end=log.start + timedelta(days=2))
    assert whole_days(whole) is whole
    with pytest.raises(NothingToJudge, match="no whole day"):
        whole_days(replace(begun, end=log.start + timedelta(days=5)))
    with pytest.raises(NothingToJudge, match="no whole day"):
        whole_days(replace(begun, end=begun.start + timedelta(hours=3)))


def test_reports_are_of_the_days_that_are_over_and_say_so(run, tmp_path):
    _, _, out = run
    found = read_run(out)
    assert (found.days[-1], found.going_on) == (TODAY - timedelta(days=1), TODAY)
    assert found.population.shape[1] == 24 * (DAYS - 1)
    assert found.visited_today.sum() <= 1
    write_reports(out, tmp_path / "reports")
    for kind in ("weekly", "daily"):
        page = (tmp_path / "reports" / f"{kind}.html").read_text("utf-8")
        assert "아직 끝나지 않은 8. 18.(화)" in page, kind


def test_a_plan_of_this_afternoon_goes_on_from_todays_hours(run, tmp_path):
    town, inputs, out = run
    begin = datetime(2020, 8, 18, 15, tzinfo=ZoneInfo("Asia/Seoul"))
    results, _ = read_inputs(out, inputs["extract"])
    ground = make_ground(results, begin)
    assert ground.usual.days == (date(2020, 8, 4), date(2020, 8, 11))  # Tuesdays that are over
    day = town.people.reshape(len(town.people), DAYS, 24)
    np.testing.assert_allclose(ground.people[:, :COME], day[:, -1, :COME], rtol=1e-5)
    usual = (day[:, 1] + day[:, 8]) / 2
    np.testing.assert_allclose(ground.people[:, COME:], usual[:, COME:], rtol=1e-5)  # the town has no trend
    later = make_ground(results, begin + timedelta(days=1))
    assert {one.weekday() for one in later.usual.days} == {2}
    plan = make_plan(
        out, inputs["extract"], tmp_path / "plan", PlanParameters(begin=begin, iterations=50), created=NOW
    )
    assert not [said for said in plan.warnings if "여느 날" in said.ko]
    assert all(stop.surge_hour is None or stop.surge_hour >= 15 for stop in plan.stops)
