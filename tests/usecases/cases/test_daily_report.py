"""The report of a day counts that day and nothing else, and says what it cannot know."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, insert, update

from entry_service.core.actors import Actor
from entry_service.core.flood import Spell
from entry_service.store.cases import published_places
from entry_service.store.log import quarantines
from entry_service.store.retention import destructions
from entry_service.store.retention import retention as retention_rows
from entry_service.store.schema.tables import cases, index_visits, retention
from entry_service.usecases.cases.daily_report import daily_report
from entry_service.usecases.cases.draft_places import choices, draft_places
from entry_service.usecases.cases.publish import publish
from entry_service.usecases.cases.register_case import PlaceTold, register_case
from tests.databases import databases, kind  # noqa: F401 - fixtures
from tests.usecases.small_log import BANK, KARAOKE, LIBRARY, SmallLog, at, small_log

DAY, NOON, EVENING = date(2020, 8, 20), at("20 12:00"), at("20 18:00")
OFFICER = Actor(account_id="A-officer", role="officer", origin="127.0.0.1")


@pytest.fixture
def log(tmp_path, databases, kind):  # noqa: F811
    log_url, vault_url = databases.pair(kind)
    with small_log(tmp_path / "var", NOON, log_url=log_url, vault_url=vault_url) as opened:
        yield opened


def register(log: SmallLog, number: str, now=NOON, *visits: tuple[str, str, str]) -> str:
    places = [PlaceTold(facility_id=where, start=at(start), end=at(end)) for where, start, end in visits]
    places = places or [PlaceTold(facility_id=LIBRARY, start=at("19 10:00"), end=at("19 11:00"))]
    facts = {"onset": date(2020, 8, 18), "specimen_date": None, "passes": [], "places": places}
    return register_case(log.services, number=number, now=now, **facts).case.case_id


def report(log: SmallLog, now=EVENING, day=DAY, **facts):
    return daily_report(log.services, day, now=now, **facts)


def test_cases_and_visits_are_those_of_the_day_and_all_before_it(log):
    register(log, "군포-1", at("19 23:59"))
    closed = register(
        log, "군포-2", at("20 00:00"), (LIBRARY, "19 10:00", "19 11:00"), (BANK, "19 12:00", "19 13:00")
    )
    register(log, "군포-3", at("20 17:59"))
    log.services.store.write(
        lambda db: db.execute(update(cases).where(cases.c.case_id == closed).values(closed_at=at("20 15:00")))
    )
    counts = report(log).cases
    assert (counts.registered, counts.registered_by_end, counts.closed, counts.open) == (2, 3, 1, 2)
    assert report(log, now=at("20 14:00")).cases.registered == 1
    assert report(log, now=at("22 09:00")).cases == counts
    visits = report(log).visits
    assert (visits.visits, visits.facilities) == (3, 2)
    assert report(log, day=DAY - timedelta(days=1)).cases.registered_by_end == 1


def test_what_happens_at_this_very_moment_is_in_the_report(log):
    register(log, "군포-1", EVENING)
    assert report(log).cases.registered == 1
    assert report(log).until == EVENING
    assert not report(log).complete
    assert report(log, now=at("21 00:00")).complete


def test_entries_are_counted_by_stage_and_door_of_the_korean_day(log):
    log.stay(1, LIBRARY, "20 00:00", "20 01:00", party_size=3)
    log.stay(2, LIBRARY, "20 10:00", source="poster")
    log.stay(3, KARAOKE, "20 17:59")
    log.stay(4, LIBRARY, "19 23:59")
    log.stay(5, LIBRARY, "20 11:00", outcome="pass_expired")
    told = report(log)
    doors = [(one.stage, one.source, one.entries, one.people) for one in told.doors]
    assert doors == [(1, "poster", 1, 1), (1, "staff_scan", 1, 3), (2, "staff_scan", 1, 1)]
    assert [(one.stage, one.facilities, one.with_entries) for one in told.stages] == [
        *((1, 1, 1), (2, 1, 1), (3, 1, 0)),
    ]


def test_a_day_that_is_destroyed_has_no_entries_to_count_and_that_is_not_nought(log):
    log.services.store.write(
        lambda db: db.execute(insert(retention).values(only_row=1, purged_before=at("20 00:00")))
    )
    assert report(log).doors == ()
    yesterday = report(log, day=DAY - timedelta(days=1))
    assert (yesterday.doors, yesterday.stages, yesterday.floods) == (None, None, None)


def test_floods_held_back_are_counted_while_nobody_released_them(log):
    facts = {"source": "poster", "flags": ("unverified",)}
    for who in range(4):
        log.stay(who, LIBRARY, f"20 10:0{who}", **facts)
    spell = Spell(at("20 10:00"), at("20 10:30"))
    log.services.store.write(lambda db: quarantines.begin(db, LIBRARY, spell))
    floods = report(log).floods
    assert (floods.begun, floods.undecided, floods.held) == (1, 1, 4)
    [held] = _floods(log)
    log.services.store.write(lambda db: quarantines.decide(db, held, "released", "A-1", at("20 11:00")))
    floods = report(log).floods
    assert (floods.begun, floods.undecided, floods.held) == (1, 0, 0)
    assert report(log, day=DAY - timedelta(days=1)).floods.begun == 0


def _floods(log: SmallLog) -> list[int]:
    with log.services.store.read() as db:
        return [one.quarantine_id for one in quarantines.since(db, None, at("20 00:00"), 9)]


def test_published_places_are_those_of_the_day_and_the_list_is_only_known_today(log):
    register(log, "군포-1")
    [choice] = choices(log.services, NOON).open
    draft_places(log.services, choice.visit_ids, by="A-officer", now=NOON)
    with log.services.store.read() as db:
        [draft] = published_places.live(db, "draft", NOON)
    assert (report(log).published, report(log).shown) == (0, 0)
    publish(log.services, [draft.place_id], actor=OFFICER, now=NOON)
    assert (report(log).published, report(log).shown) == (1, 1)
    later = report(log, now=at("21 09:00"))
    assert (later.published, later.shown) == (1, None)
    assert report(log, now=at("21 09:00"), day=date(2020, 8, 21)).published == 0


def test_the_exposed_are_counted_on_request_only_and_that_is_audited(log):
    log.stay(1, LIBRARY, "19 10:30", "19 12:00", party_size=2)
    log.stay(2, LIBRARY, "19 10:50", "19 11:30")
    log.stay(3, BANK, "19 10:30", "19 12:00")
    for who in (1, 2, 3):
        log.contact(who, "19", f"010-0000-000{who}")
    register(log, "군포-1")
    assert report(log).exposed is None
    assert audited(log, "case_traced") == []
    counted = report(log, exposed_by=OFFICER).exposed
    assert (counted.cases, counted.people) == (1, 3)
    assert [row.account_id for row in audited(log, "case_traced")] == ["A-officer"]
    assert report(log, exposed_by=OFFICER, day=DAY - timedelta(days=1)).exposed is None


def audited(log: SmallLog, action: str):
    return log.services.vault.audit.entries(at("20 00:00"), at("21 00:00"), action=action)


def test_disclosures_are_counted_from_the_audit_of_the_day(log):
    append = log.services.vault.audit.append
    append("disclosure_asked", OFFICER, now=at("19 12:00"), rows=9)
    append("disclosure_asked", OFFICER, now=at("20 12:00"), rows=5)
    append("disclosure_approved", OFFICER, now=at("20 13:00"), rows=5)
    append("disclosure_opened", OFFICER, now=at("20 14:00"), rows=5)
    append("disclosure_opened", OFFICER, now=at("20 14:01"), rows=7, outcome="over_budget")
    told = report(log).disclosures
    assert (told.asked, told.approved, told.returned, told.opened, told.people) == (1, 1, 0, 1, 5)


def test_destroyed_days_are_told_on_the_day_that_finished_them(log):
    counts = {"contacts": 7, "rows": {"scans": 12, "voids": 1}}

    def destroy(db) -> None:
        destructions.begin(db, date(2020, 7, 23), "done", counts, at("20 03:00"))
        destructions.advance(db, date(2020, 7, 23), "done", at("20 03:01"))
        destructions.begin(db, date(2020, 7, 24), "key", counts, at("20 03:02"))

    log.services.store.write(destroy)
    gone = report(log).destroyed
    assert (gone.days, gone.contacts, gone.scans) == ((date(2020, 7, 23),), 7, 12)
    assert report(log, day=DAY - timedelta(days=1)).destroyed.days == ()


def test_contacts_of_open_cases_are_told_by_state_and_only_for_today(log):
    register(log, "군포-1")
    assert report(log).contacts == dict.fromkeys(("waiting", "called", "tested", "isolated", "closed"), 0)
    assert report(log, now=at("21 09:00")).contacts is None


def test_cases_are_counted_on_when_the_register_has_forgotten_one(log):
    gone = register(log, "군포-1", at("19 12:00"))
    register(log, "군포-2")
    assert report(log).cases_ever == 2

    def forget(db) -> None:
        db.execute(delete(index_visits).where(index_visits.c.case_id == gone))
        retention_rows.delete_case(db, gone)

    log.services.store.write(forget)
    told = report(log)
    assert (told.cases.registered_by_end, told.cases_ever) == (1, 2)
    assert report(log, day=DAY - timedelta(days=1)).cases_ever == 1
