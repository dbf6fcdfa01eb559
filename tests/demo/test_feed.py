"""The demo's carrier: which hours of the last day are held back, and how they come into the inbox."""

import threading
from datetime import UTC, datetime

import pytest

from entry_service.commands.demo import hotspots_command
from entry_service.commands.watcher import watch_command
from entry_service.core.times import KST
from entry_service.demo import present, state
from entry_service.demo.feed import PopulationFeed, feed_next, held_files, known_files
from entry_service.log_period import log_period
from entry_service.settings import Settings

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def city(tmp_path, days: int, minutes: int = 3) -> Settings:
    """Write the files that a build of so many days leaves, and what it says of itself."""
    folder = tmp_path / "var" / "demo" / "population"
    (folder / present.HELD).mkdir(parents=True)
    whole = days - present.goes_on(days)
    for day in range(1, whole + 1):
        (folder / f"250_LOCAL_RESD_202008{day:02d}.zip").write_bytes(f"day {day}".encode())
    if present.goes_on(days):
        (folder / f"250_LOCAL_RESD_202008{days:02d}_00-13.zip").write_bytes(b"so far")
        for hour in range(present.OPENING, 24):
            name = f"250_LOCAL_RESD_202008{days:02d}_{hour:02d}-{hour:02d}.zip"
            (folder / present.HELD / name).write_bytes(f"hour {hour}".encode())
    settings = Settings(var=tmp_path / "var", demo=True, sms="simulator", demo_feed_minutes=minutes)
    made = {"state": "complete", "seed": 1, "scale": 1.0, "days": days, "databases": state.databases(settings)}
    state.write_state(settings, state.State(**made))
    return settings


@pytest.mark.parametrize(("days", "held", "hour"), [(2, 0, 24), (7, 0, 24), (8, 10, 14), (28, 10, 14)])
def test_the_last_day_goes_on_where_enough_others_are_there(tmp_path, days, held, hour):
    settings = city(tmp_path, days)
    assert len(held_files(settings)) == held
    assert len(known_files(settings)) == days
    period = log_period(settings, NOW)
    assert period.start == datetime(2020, 8, 1, tzinfo=KST)
    assert (period.end - period.start).total_seconds() == 3_600 * (24 * (days - 1) + hour)
    assert period.end == present.built_until(days)


def test_the_city_is_first_analysed_and_watched_without_the_hours_that_come_later(tmp_path):
    settings = city(tmp_path, 28)
    for command in (hotspots_command(settings), watch_command(settings)):
        files = [word for word in command if word.endswith(".zip")]
        assert len(files) == 28
        assert files[-1].endswith("20200828_00-13.zip")


def test_each_held_hour_comes_once_whole_and_then_it_is_over(tmp_path):
    settings = city(tmp_path, 8)
    first = feed_next(settings)
    assert (first.name, first.read_bytes()) == ("250_LOCAL_RESD_20200808_14-14.zip", b"hour 14")
    assert log_period(settings, NOW).end == datetime(2020, 8, 8, 15, tzinfo=KST)
    first.unlink()  # the watcher took it
    assert feed_next(settings).name == "250_LOCAL_RESD_20200808_15-15.zip"
    assert [path.name for path in (settings.var / "inbox").iterdir()] == ["250_LOCAL_RESD_20200808_15-15.zip"]
    while feed_next(settings):
        pass
    assert log_period(settings, NOW).end == datetime(2020, 8, 9, tzinfo=KST)


def test_the_feed_ends_when_it_is_told_to_and_without_a_city(tmp_path):
    settings = city(tmp_path, 8)
    feed = PopulationFeed(settings)
    feed.close()
    PopulationFeed(Settings(var=tmp_path / "nowhere", demo=True)).close()
    assert not [thread for thread in threading.enumerate() if thread.name == "feed"]
    assert not (settings.var / "inbox").exists()
