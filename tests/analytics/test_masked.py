"""Masked figures are an interval: the run says which hot units depend on them, and never takes them as zero."""

import numpy as np

from analytics.hotspots import find_hotspots
from analytics.parameters import Parameters
from tests.analytics.town import CODES, NOW, make_town

QUICK = Parameters(replicates=99, gi_replicates=99, max_radius_m=600)


def found_in(town, folder, visits) -> dict:
    return find_hotspots(**town.write(folder, visits), created=NOW, parameters=QUICK).summary


def test_an_outbreak_where_every_figure_is_masked_is_told_and_not_called_quiet(tmp_path):
    town = make_town(11, days=7)
    facility = int(np.argsort(town.intensity.sum(axis=1))[len(town.unit) // 2])
    where, hour = town.unit[facility], int(np.flatnonzero(town.active[facility])[30])
    visits = town.cases(12) + [town.visit(100 + person, facility, hour) for person in range(8)]
    assert found_in(town, tmp_path / "known", visits)["masked"] is None
    town.people[where] = np.nan
    summary = found_in(town, tmp_path / "masked", visits)
    assert CODES[where] not in summary["findings"]["hot"]
    assert summary["rows"]["rejected"]["not observable: masked"] >= 8
    assert summary["masked"]["unit_hours"] == 7 * 24
    assert CODES[where] in summary["masked"]["newly_hot"]
    assert summary["masked"]["visits"] > summary["rows"]["kept"]
    (told,) = [warning for warning in summary["warnings"] if warning["code"] == "masked_decides"]
    assert f"{len(summary['masked']['newly_hot'])} are new" in told["en"]
