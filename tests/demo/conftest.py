"""One small and one whole city, made once for the generator's tests."""

from types import SimpleNamespace

import pytest

from entry_service.demo import calendar, city, entries, outbreak, population

SEED = 20200801


def simulate(scale: float, count: int, *, seed: int = SEED, scenario: outbreak.Scenario = "outbreak"):
    made = city.make_city(seed, scale)
    days = calendar.demo_days(count)
    people = population.floating_population(made, days, seed)
    logged = entries.simulate_entries(made, people, days, seed)
    plan = outbreak.plant(logged, made, seed, scenario=scenario)
    return SimpleNamespace(city=made, days=days, population=people, logged=logged, plan=plan)


@pytest.fixture(scope="session")
def whole():
    """Return Gunpo as `make demo` makes it: scale 1, 28 days."""
    return simulate(1.0, 28)


@pytest.fixture(scope="session")
def small():
    """Return a fiftieth of Gunpo for three days."""
    return simulate(0.02, 3)
