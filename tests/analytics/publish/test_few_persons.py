"""Index visits of few persons, and none at all: what then comes out."""

from dataclasses import replace

import pytest

from analytics.extract_reading import read_extract
from analytics.geography import read_units
from analytics.parameters import Parameters
from analytics.population import read_population
from analytics.publish.counts import INDEX_VISITS, Rules, tables_of_days, without_sensitive
from analytics.publish.run import publish
from analytics.publish.tables import ALL, alone
from analytics.refusals import NothingToJudge
from analytics.study import make_study
from tests.analytics.town import NOW, make_town

QUICK = Parameters(replicates=99, gi_replicates=99, max_radius_m=1_200.0)


def test_index_visits_of_few_persons_are_protected_however_many_they_are(tmp_path):
    town = make_town(5, days=3, volume=0.3)
    inputs = town.write(tmp_path, town.cases(120))
    extract, units = without_sensitive(read_extract(inputs["extract"])), read_units(inputs["units"])
    study = make_study(extract, read_population(inputs["population"]), units, QUICK)
    rule, named = Rules().rule(INDEX_VISITS), study.units.rename_axis("dong_code")
    three = study.visits["person"].astype("category").cat.codes % 3
    for visits, tell in ((study.visits, True), (study.visits.assign(person=three), False)):
        tables = tables_of_days(replace(study, visits=visits), named)
        own = [table for (measure, _), table in tables.items() if measure == INDEX_VISITS]
        assert max(table.counts.max() for table in own) >= rule.k
        assert any((~alone(table, rule).asked).any() for table in own) is tell
    began = visits.assign(day=visits["start"].dt.date)[visits["reason"] == ""]
    for (measure, day), table in tables.items():
        if measure == INDEX_VISITS:
            assert table.behind[table.keys.index((ALL, ALL))] == began[began["day"] == day]["person"].nunique()


def test_without_an_index_visit_entries_come_out_and_nothing_is_hot(tmp_path):
    inputs = make_town(5, days=4, volume=0.3).write(tmp_path, [])
    rules = Rules(index_visits_after=2)
    told = publish(**inputs, out=tmp_path / "x", created=NOW, parameters=QUICK, rules=rules)
    assert {dong["reason"] for dong in told["dongs"]} == {"few_persons"}
    assert told["cells"]["entries"]["published"] > 0
    assert "published" not in told["cells"]["index_visits"]
    extract = read_extract(inputs["extract"])
    with pytest.raises(NothingToJudge, match="neither a visit"):
        without_sensitive(replace(extract, facility_hours=None))
