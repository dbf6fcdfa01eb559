"""A file that is still written waits by itself: what was taken is run on, and told of, meanwhile."""

from datetime import UTC, datetime, timedelta
from itertools import count

from analytics.watch.gathering import LONGEST_S, Gathering
from analytics.watch.settings import Watched
from analytics.watch.watcher import Watcher

from .watching import town_folders

START = datetime(2020, 9, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_run_begins_at_once_where_nothing_waits_and_after_a_pause_where_something_does():
    gathering = Gathering(2)
    assert not gathering.is_over("worked", at(0))
    assert not gathering.is_over("waiting", at(5))  # judging took so long: the pause begins here
    assert not gathering.is_over("waiting", at(6.9))
    assert gathering.is_over("waiting", at(7))
    gathering.end()
    assert not gathering.is_over("worked", at(8))
    assert gathering.is_over("idle", at(8.1))


def test_files_that_keep_coming_put_it_off_for_a_while_only():
    gathering = Gathering(2)
    coming = ("worked", "waiting")
    assert not any(gathering.is_over(coming[second % 2], at(second)) for second in range(int(LONGEST_S)))
    assert gathering.is_over("worked", at(LONGEST_S))
    gathering.end()
    assert not gathering.is_over("worked", at(LONGEST_S + 1))


def test_a_file_that_never_rests_holds_up_no_run(tmp_path):
    folders, said, passed = town_folders(tmp_path), [], count()
    (folders.var / "extract" / "first" / "index_visits.csv").unlink()  # a run begins, and ends soon
    folders.drop(0, 1)
    places = {name: folders.var / name for name in ("inbox", "results", "plans", "store")}
    watched = Watched(**places, extracts=folders.var / "extract", units=folders.units)
    watched.results.mkdir()
    watcher = Watcher(watched, lambda: at(next(passed)), said.append)
    for _ in range(20):
        with (folders.inbox / "growing.csv").open("a") as file:
            file.write("1")
        watcher.step()
    assert [line for line in said if "taken" in line or "begun" in line] == [
        "day-20200803.csv: taken, 2020-08-03 (seoul_dong)",
        "day-20200804.csv: taken, 2020-08-04 (seoul_dong)",
        "hotspots: begun, new population",
    ]
    assert (folders.inbox / "growing.csv").exists()
