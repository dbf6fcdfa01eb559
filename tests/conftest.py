"""What every test shares: a fixed clock, a derandomised Hypothesis, and the place of the reference data."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
BROWSERS = {"browser", "blind"}  # the fixtures that give one; a test that starts its own is marked "real"

settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("repeatable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run a test once more if it fails and drives a real browser or serves from a process; the summary lists it.

    These share a machine with others and may come too late. Any other test fails at once.
    """
    for item in items:
        if BROWSERS.intersection(item.fixturenames) or item.get_closest_marker("real"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture
def now() -> datetime:
    """Return Tuesday 2020-08-25 18:00 KST, the present of every test that does not say otherwise."""
    return datetime(2020, 8, 25, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """Return the folder of real and golden data beside the repository, or skip and say what is missing."""
    if not DATA.is_dir():
        pytest.skip(f"reference data not found: {os.path.relpath(DATA, ROOT)}")
    return DATA
