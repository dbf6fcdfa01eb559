"""The demo's carrier: which days are held back, and how they come into the inbox."""

import threading

import pytest

from entry_service.commands.demo import hotspots_command
from entry_service.commands.watcher import watch_command
from entry_service.demo.feed import PopulationFeed, feed_next, held_files, known_files
from entry_service.settings import Settings


def city(tmp_path, days: int, minutes: int = 3) -> Settings:
    folder = tmp_path / "var" / "demo" / "population"
    folder.mkdir(parents=True)
    for day in range(1, days + 1):
        (folder / f"250_LOCAL_RESD_202008{day:02d}.zip").write_bytes(f"day {day}".encode())
    return Settings(var=tmp_path / "var", demo=True, sms="simulator", demo_feed_minutes=minutes)


@pytest.mark.parametrize(("days", "held"), [(2, 0), (7, 0), (8, 1), (15, 1), (16, 2), (28, 2)])
def test_the_last_days_are_held_back_where_enough_others_are_left(tmp_path, days, held):
    settings = city(tmp_path, days)
    assert len(held_files(settings)) == held
    assert len(known_files(settings)) == days - held
    assert sorted([*known_files(settings), *held_files(settings)])[days - held :] == held_files(settings)


def test_the_city_is_first_analysed_and_watched_without_the_days_that_come_later(tmp_path):
    settings = city(tmp_path, 28)
    for command in (hotspots_command(settings), watch_command(settings)):
        assert sum(word.endswith(".zip") for word in command) == 26
        assert not any("20200827" in word for word in command)


def test_each_held_day_comes_once_whole_and_under_its_name(tmp_path):
    settings = city(tmp_path, 16)
    first = feed_next(settings)
    assert (first.name, first.read_bytes()) == ("250_LOCAL_RESD_20200815.zip", b"day 15")
    first.unlink()  # the watcher took it
    assert feed_next(settings).name == "250_LOCAL_RESD_20200816.zip"
    assert feed_next(settings) is None
    assert [path.name for path in (settings.var / "inbox").iterdir()] == ["250_LOCAL_RESD_20200816.zip"]


def test_the_feed_ends_when_it_is_told_to_and_without_a_city(tmp_path):
    settings = city(tmp_path, 8)
    feed = PopulationFeed(settings)
    feed.close()
    PopulationFeed(Settings(var=tmp_path / "nowhere", demo=True)).close()
    assert not [thread for thread in threading.enumerate() if thread.name == "feed"]
    assert not (settings.var / "inbox").exists()
