"""The demo city's entries as the public is told them: a solver works out no protected count of any day."""

from pathlib import Path

import numpy as np
import pandas as pd

from analytics.geography import locate, read_units
from analytics.publish.audit import Attacker
from analytics.publish.suppress import withheld_cells
from analytics.publish.tables import Rule, alone, with_totals
from entry_service.demo.facts import DATA

RULE = Rule(10, 1)


def tables(simulated):
    """Give the table of each day: entries of ordinary facilities by legal dong and category."""
    sites = simulated.city.sites.facilities
    places = pd.DataFrame({"lon": [site.lon for site in sites], "lat": [site.lat for site in sites]})
    facts = places.assign(
        dong=locate(places, read_units(Path(DATA) / "gunpo_legal_dong.geojson")),
        category=[site.category for site in sites],
        ordinary=[not site.sensitive for site in sites],
    )
    told = facts[facts["ordinary"] & facts["dong"].notna()]
    for day in range(len(simulated.days)):
        came = simulated.logged.site[simulated.logged.entered // 86_400 == day]
        counts = np.bincount(came, minlength=len(sites))[told.index]
        table = told.assign(entries=counts).groupby(["dong", "category"])["entries"].sum()
        yield with_totals(table.index.tolist(), table.tolist())


def test_least_and_most_of_every_protected_count_leave_its_whole_interval(small):
    asked = 0
    for table in tables(small):
        problem = alone(table, RULE)
        withheld, least = withheld_cells(problem), table.least(RULE)
        attacker = Attacker(problem, withheld)
        for cell in np.flatnonzero(RULE.protects(table.counts)):
            low, high = attacker.bounds(int(cell))
            assert low <= least[cell] + 1e-6, table.keys[cell]
            assert high >= RULE.k - 1e-6, table.keys[cell]
            asked += 1
        assert (~withheld).sum() > 0.3 * len(table.keys)  # most of the rest is told
    assert asked > 50
