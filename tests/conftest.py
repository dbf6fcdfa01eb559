"""What every test shares: a fixed clock, a derandomised Hypothesis, and the place of the reference data."""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
BROWSERS = {"browser", "blind"}  # the fixtures that give one; a test that starts its own is marked "real"
REAL_SECONDS, BROWSER_SECONDS, USUAL_SECONDS = 15.0, 4.0, 0.3  # of a processor, about

settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("repeatable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what takes longest begin first, and give what shares a machine with others a second chance.

    A test that drives a real browser or serves from a process runs once more if it fails, because it may have come
    too late; the summary lists it. Any other test fails at once. Files go by the time they are expected to take:
    a long one that began last would keep one worker while the other has nothing to do.
    """
    seconds: Counter[Path] = Counter()
    for item in items:
        drives, real = BROWSERS.intersection(item.fixturenames), item.get_closest_marker("real")
        if drives or real:
            item.add_marker(pytest.mark.flaky(reruns=1))
        seconds[item.path] += REAL_SECONDS if real else BROWSER_SECONDS if drives else USUAL_SECONDS
    items.sort(key=lambda item: (-seconds[item.path], item.path))


@pytest.fixture(autouse=True)
def same_mask() -> Iterator[None]:
    """Give the next test the mask of files that this one found: commands that run in this process close it."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


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
