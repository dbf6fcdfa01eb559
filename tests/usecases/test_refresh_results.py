"""The officer's map is kept fresh: a run is asked for where something is new, never twice, never for nothing."""

import json
import time
from datetime import timedelta

import pytest

from entry_service.core.closings import Closing
from entry_service.core.flood import Spell
from entry_service.store import closings, quarantines, voids
from entry_service.usecases.extract import write_extract
from entry_service.usecases.refresh_results import Refreshing, is_due, refresh_if_due
from entry_service.usecases.register_case import register_case
from entry_service.usecases.run_analytics import Period, kept_hours
from tests.databases import databases, kind
from tests.usecases.small_log import KARAOKE, LIBRARY, at, pid, small_log
from tests.web.openapi_runs import watcher

__all__ = ["databases", "kind"]
EVERY = timedelta(minutes=5)
MADE, LATER = at("20 14:03"), at("20 14:20")
ID = "0123456789abcdef"


@pytest.fixture
def log(databases, kind, tmp_path):
    """Return a log of ten days, of which the newest extract was made at 14:03."""
    addresses = dict(zip(("log_url", "vault_url"), databases.pair(kind), strict=True))
    with small_log(tmp_path / "var", MADE, **addresses) as opened:
        for day in range(11, 21):
            opened.stay(day, LIBRARY, f"{day} 10:00", f"{day} 10:40")
        opened.scan(30, LIBRARY, "20 14:01", "in")
        extracted(opened)
        yield opened


def extracted(log, *, now=MADE, name="20200820T140300-0000"):
    period = kept_hours(now, 28)
    folder = log.services.settings.var / "extract" / name
    write_extract(log.services, folder, as_of=now, start=period.start, end=period.end)


def due(log, now=LATER):
    return is_due(log.services, kept_hours(now, 28), every=EVERY, now=now)


def test_an_extract_holds_the_hours_of_today_that_are_over(log):
    assert kept_hours(MADE, 28) == Period(start=at("20 00:00") - timedelta(days=27), end=at("20 14:00"))
    assert kept_hours(at("20 00:10"), 28).end == at("20 00:00")
    said = json.loads(
        (log.services.settings.var / "extract" / "20200820T140300-0000" / "datapackage.json").read_text()
    )
    assert said["end"] == "2020-08-20T14:00:00+09:00"
    [today] = [one for one in said["resources"] if one["path"].endswith("2020-08-20.csv.gz")]
    assert (today["rows"], today["entries"]) == (3 * 14, 1)  # three facilities, fourteen hours; 14:01 is not over


def test_nothing_new_is_no_reason_nor_is_the_hour_that_is_not_over(log):
    assert not due(log)
    log.scan(31, LIBRARY, "20 14:10", "in")
    assert not due(log)


def test_an_hour_that_is_over_is_new(log):
    assert due(log, at("20 15:00"))


def test_a_young_extract_is_left_alone(log):
    log.scan(40, LIBRARY, "20 12:00", "in", received_at=at("20 14:04"))
    assert not due(log, at("20 14:07"))
    assert due(log, at("20 14:08"))


def test_without_an_extract_one_is_due(log):
    folder = log.services.settings.var / "extract"
    folder.rename(folder.with_name("elsewhere"))
    assert due(log)


def late(log):
    log.scan(40, LIBRARY, "18 12:00", "in", received_at=at("20 14:10"))


def case(log):
    register_case(
        log.services,
        number="1",
        onset=at("18 00:00").date(),
        specimen_date=None,
        places=[],
        passes=[pid(18)],
        now=at("20 14:10"),
    )


def undone(log):
    made = {"voided_at": at("20 14:10"), "voided_by": "d-1", "reason": "mistake"}
    log.services.store.write(lambda db: voids.add(db, "scan-1", **made))


def all_out(log):
    facts = {"facility_id": KARAOKE, "zone": "", "closed_by": "d-1", "received_at": at("20 14:10")}
    closing = Closing(closing_id="c-1", closed_at=at("20 13:30"), **facts)
    log.services.store.write(lambda db: closings.add(db, closing))


def held_back(log):
    spell = Spell(at("20 14:05"), at("20 14:06"), "")
    log.services.store.write(lambda db: quarantines.begin(db, KARAOKE, spell))


@pytest.mark.parametrize("happened", [late, case, undone, all_out, held_back])
def test_whatever_the_hours_that_are_over_did_not_know_is_new(log, happened):
    happened(log)
    assert due(log)


def test_one_run_is_asked_for_and_none_while_it_is_on_its_way_or_nobody_takes_it(log):
    late(log)
    services = log.services

    def refresh(now=LATER):
        made = {"every": EVERY, "draw": lambda: ID, "now": now, "beside": lambda work: work()}
        return refresh_if_due(services, kept_hours(now, 28), **made)

    assert not refresh()  # no watcher
    results = services.settings.results_dir
    with watcher(results):
        assert refresh()
        asked = json.loads((results / "request.json").read_text())
        made = services.settings.var / "extract" / asked["parameters"]["extract"] / "datapackage.json"
        said = json.loads(made.read_text())
        assert said["end"] == "2020-08-20T14:00:00+09:00"
        late_again = at("20 14:40")
        log.scan(41, LIBRARY, "18 13:00", "in", received_at=at("20 14:30"))
        assert not refresh(late_again)  # not taken yet
        (results / "request.json").unlink()
        assert refresh(late_again)


def test_the_thread_looks_by_itself_and_ends_when_it_is_told_to(log, monkeypatch):
    monkeypatch.setattr("entry_service.usecases.refresh_results.LOOK_EVERY", 0.01)
    late(log)
    asked = []
    monkeypatch.setattr(
        "entry_service.usecases.refresh_results.ask_for_run", lambda *_, **how: asked.append(how["now"])
    )
    thread = Refreshing(log.services, lambda: LATER, lambda now: kept_hours(now, 28), every=EVERY, draw=lambda: ID)
    while not asked:
        time.sleep(0.01)
    thread.close()
    assert set(asked) == {LATER}
