"""The words of the dongs: nobody sees from them that one case was registered between two publications."""

import json
from datetime import date, timedelta

import pandas as pd
import pytest

from analytics.geography import read_units
from analytics.parameters import Parameters
from analytics.publish.counts import Rules
from analytics.publish.judging import held, judged_before
from analytics.publish.register import LINES, NAME, read_register
from analytics.publish.run import publish
from analytics.refusals import OutputRefused
from tests.analytics.town import NOW, make_town

QUICK = Parameters(replicates=99, gi_replicates=99, max_radius_m=600.0)
RULES = Rules(entries_after=2, index_visits_after=2)
DAY = timedelta(days=1)


def town_with(folder, days: int, persons: int, *clusters: tuple[int, int, int], last: int = 0):
    """Write a town, its units one dong, whose `persons` went where chance took them on the first three days.

    clusters : persons, the day on which all of them met in one facility, after how many days that was known
    last : persons more, who went where chance took them on the last two days
    """
    town = make_town(5, days=days, volume=0.3)
    logged = town.logged[town.logged[:, 0] % 5 != 0]  # every fifth facility is sensitive
    early, late = logged[logged[:, 1] < 72], logged[logged[:, 1] >= 24 * days - 48]
    visits = [town.visit(one, *early[one * len(early) // persons]) for one in range(persons)]
    visits += [town.visit(500 + one, *late[one * len(late) // last]) for one in range(last)]
    for number, (size, day, after) in enumerate(clusters, start=1):
        there = int(logged[logged[:, 1] == 24 * day + 12][0][0])
        for one in range(size):
            visit = town.visit(1_000 * number + one, there, 24 * day + 12)
            visits.append(visit | {"known_at": visit["start"].normalize() + pd.Timedelta(days=after)})
    inputs = town.write(folder, visits)
    whole = read_units(inputs["units"]).dissolve().assign(unit_code="41410999", name="모의동")
    whole[["unit_code", "name", "geometry"]].to_file(folder / "dong.geojson", driver="GeoJSON")
    return inputs | {"dongs": folder / "dong.geojson"}


def told(inputs, out, created=NOW, **options):
    return publish(**inputs, out=out, created=created, **{"parameters": QUICK, "rules": RULES, **options})


def hot(said) -> set[str]:
    return {dong["dong_code"] for dong in said["dongs"] if dong["word"] == "hot"}


def test_words_are_judged_on_days_that_are_due_alone(tmp_path):
    # as_of is three days after the end, so of ten days with a delay of nine the first four are due
    late = Rules(entries_after=2, index_visits_after=9)
    alike = [
        told(town_with(tmp_path / name, 10, 30, *more), tmp_path / name / "out", rules=late)
        for name, more in (("none", []), ("met", [(30, 6, 1)]))
    ]
    assert alike[0]["dongs"] == alike[1]["dongs"]
    assert alike[1]["judged"]["last_day"] == "2020-08-06"
    assert hot(told(town_with(tmp_path / "due", 10, 30, (30, 2, 1)), tmp_path / "out", rules=late))


def test_fewer_persons_than_k_say_nothing_the_first_time(tmp_path):
    few = told(town_with(tmp_path / "few", 6, 0, (9, 2, 1)), tmp_path / "few" / "out")
    nobody = told(town_with(tmp_path / "nobody", 6, 0), tmp_path / "nobody" / "out")
    assert few["dongs"] == nobody["dongs"]
    assert {(dong["word"], dong["reason"]) for dong in few["dongs"]} == {("no data", "few_persons")}
    assert few["judged"] is None
    assert hot(told(town_with(tmp_path / "k", 6, 0, (10, 2, 1)), tmp_path / "k" / "out"))


@pytest.fixture
def first(tmp_path):
    """Return a folder where a town of six days was published, and what was told."""
    said = told(town_with(tmp_path / "first", 6, 30), tmp_path / "public")
    assert said["judged"] == {"first_day": "2020-08-03", "last_day": "2020-08-08", "as_of": said["as_of"]}
    assert not hot(said)
    return tmp_path, said


@pytest.mark.parametrize(
    ("cluster", "seen"),
    [
        ((9, 6, 1), False),  # a day that came out since, with one person too few
        ((10, 6, 1), True),
        ((30, 2, 9), False),  # days that were judged: what was found since never counts
    ],
)
def test_what_was_registered_between_two_publications_is_seen_only_of_k_persons(first, cluster, seen):
    place, before = first
    after = told(town_with(place / "second", 8, 30, cluster), place / "public", NOW + DAY)
    assert bool(hot(after)) is seen
    if not seen:
        assert (after["dongs"], after["judged"]) == (before["dongs"], before["judged"])
        shapes = json.loads((place / "public" / "public.geojson").read_text(encoding="utf-8"))["features"]
        assert {one["properties"]["last_day"] for one in shapes} == {"2020-08-08"}
    assert after["period"]["last_day"] == "2020-08-10"


def test_late_cases_of_judged_days_do_not_count_beside_k_new_persons_either(first):
    place, _ = first
    after = told(town_with(place / "second", 8, 30, (30, 2, 9), last=12), place / "public", NOW + DAY)
    assert after["judged"]["last_day"] == "2020-08-10"
    assert not hot(after)


def test_words_go_when_the_days_they_were_judged_on_have_left_the_period(first):
    place, _ = first
    [line] = read_register(place / NAME).lines
    dongs = pd.DataFrame({"name": ["모의동"]}, index=["41410999"])
    assert held(line, dongs, date(2020, 8, 8)).judged == line["judged"]
    gone = held(line, dongs, date(2020, 8, 9))
    assert (gone.judged, *gone.dongs.iloc[0]) == (None, "모의동", "no data", "few_persons")
    assert held(line, dongs.set_axis(["41410998"]), date(2020, 8, 8)).judged is None


def test_a_line_that_does_not_say_binds_all_days_of_its_period():
    line = {"period": {"first_day": "2020-08-03", "last_day": "2020-08-04"}, "as_of": "2020-08-05T00:00:00+09:00"}
    later = {**line, "judged": {"first_day": "2020-08-03", "last_day": "2020-08-05", "as_of": "2020-08-09T00:00Z"}}
    days = [str(moment.date()) for moment in judged_before([line, later, {**line, "judged": None}]).values()]
    assert days == ["2020-08-05", "2020-08-05", "2020-08-09"]


def test_there_is_one_publication_a_day(first, monkeypatch):
    place, _ = first
    inputs = town_with(place / "second", 8, 30)
    before = (place / NAME / LINES).read_bytes(), (place / "public" / "public.json").read_bytes()
    with pytest.raises(OutputRefused, match="a publication was made on 2020-09-01 already"):
        told(inputs, place / "public", NOW + timedelta(hours=11))
    assert before == ((place / NAME / LINES).read_bytes(), (place / "public" / "public.json").read_bytes())
    with monkeypatch.context() as patched:
        patched.setattr("analytics.publish.folder.put_in_place", lambda work, out: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            told(inputs, place / "public", NOW + timedelta(hours=13))  # the next day in Korea
    assert told(inputs, place / "public", NOW + timedelta(hours=14))["number"] == 3  # nobody saw the second
