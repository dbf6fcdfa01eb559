"""Dry run, breaker, second person, the switch, and the signed list, on both databases."""

import json
from dataclasses import replace
from datetime import timedelta
from secrets import token_bytes

import pytest
from sqlalchemy import update

from entry_service.core.breaker import BreakerTripped
from entry_service.core.errors import BadInput
from entry_service.core.publication import SensitivePlace
from entry_service.store.cases import notices
from entry_service.store.cases import published_places as places
from entry_service.store.schema.tables import facilities
from entry_service.usecases.cases.dry_run import dry_run
from entry_service.usecases.cases.notice_list import PREFIX, signed_list
from entry_service.usecases.cases.notice_stop import resume_notices, standing_stop, stop_notices
from entry_service.usecases.cases.publication_requests import WAITS, ask, decide, look, waiting
from entry_service.usecases.cases.publish import Correction, RequestOver, correct, publish, withdraw
from entry_service.vault.asked import OwnRequest
from tests.databases import databases, kind  # noqa: F401 - fixtures
from tests.usecases.publication_log import (
    APPROVER,
    HOUR,
    NOW,
    OFFICER,
    WHY,
    audited,
    drafts,
    listed,
    opened_log,
    with_limits,
)
from tests.usecases.small_log import BANK, KARAOKE, LIBRARY, at


@pytest.fixture
def log(tmp_path, databases, kind):  # noqa: F811
    yield from opened_log(tmp_path, databases, kind)


def test_the_dry_run_counts_from_the_log_what_phones_would_tell(log):
    log.stay(1, LIBRARY, "19 10:00", "19 11:00", party_size=3)  # an hour together
    log.stay(2, LIBRARY, "19 10:50", "19 11:30")  # ten minutes
    log.stay(3, LIBRARY, "19 15:00", "19 15:30")  # later that day
    log.stay(4, LIBRARY, "19 08:00", "19 10:00")  # left as the case came
    log.stay(5, LIBRARY, "19 09:30", None)
    log.stay(5, BANK, "19 09:45", "19 10:00")  # was read elsewhere: had left
    log.stay(6, KARAOKE, "19 10:00", "19 11:00")
    log.stay(7, LIBRARY, "12 10:10", "12 10:20", party_size=4)  # the same weekday, a week before
    ids = drafts(log, (LIBRARY, "19 10:00", "19 11:00"), (BANK, "19 09:45", "19 10:00"))
    run = dry_run(log.services, ids, NOW)
    [bank, library] = sorted(run.rows, key=lambda row: row.place.facility.facility_id, reverse=True)
    assert (library.visits, library.people, library.high) == (3, 5, 3)
    assert (library.came, library.usual) == (4, 4.0)
    assert (bank.visits, bank.people, bank.high, bank.usual) == (1, 1, 1, None)
    assert (run.reach.people, run.reach.high, run.reach.visitors) == (6, 4, 9)
    assert (run.reach.longest, run.reach.places, run.reach.recent) == (HOUR, 2, 0)
    assert run.reasons == ()
    with pytest.raises(BadInput):
        dry_run(log.services, [], NOW)


def test_a_person_at_two_places_is_told_once(log):
    log.stay(1, LIBRARY, "19 10:00", "19 11:00")
    log.stay(1, BANK, "19 13:00", "19 14:00")
    ids = drafts(log, (LIBRARY, "19 10:00", "19 11:00"), (BANK, "19 13:00", "19 14:00"))
    run = dry_run(log.services, ids, NOW)
    assert [row.people for row in run.rows] == [1, 1]
    assert run.reach.people == 1


def test_what_is_too_large_waits_for_a_second_person_who_publishes_exactly_that(log):
    for number in range(6):
        log.stay(number, LIBRARY, "19 10:00", "19 11:00")
    with_limits(log, people=5)
    ids = drafts(log, (LIBRARY, "19 10:00", "19 11:00"))
    with pytest.raises(BreakerTripped) as held:
        publish(log.services, ids, actor=OFFICER, now=NOW)
    assert held.value.reasons == ("people",)
    assert (listed(log)["places"], audited(log, "place_published")) == ([], 0)
    for wrong in ("", "짧음", "010-0000-1234 확인함"):
        with pytest.raises(BadInput):
            ask(log.services, ids, wrong, actor=OFFICER, now=NOW, random=token_bytes)
    asked = ask(log.services, ids, WHY, actor=OFFICER, now=NOW, random=token_bytes)
    assert ask(log.services, ids, WHY, actor=OFFICER, now=NOW, random=token_bytes) == asked
    assert [one.request_id for one in waiting(log.services, NOW)] == [asked.request_id]
    both = replace(APPROVER, account_id="A-officer")
    with pytest.raises(OwnRequest):
        decide(log.services, asked.request_id, approve=True, answer=WHY, actor=both, now=NOW)
    done = decide(log.services, asked.request_id, approve=True, answer=WHY, actor=APPROVER, now=NOW + HOUR)
    assert (done.state, len(listed(log, NOW + HOUR)["places"]), waiting(log.services, NOW + HOUR)) == (
        "approved",
        1,
        [],
    )
    rows = ("publication_asked", "publication_approved", "place_published")
    assert [audited(log, action) for action in rows] == [1, 1, 1]
    with pytest.raises(RequestOver):
        decide(log.services, asked.request_id, approve=False, answer=WHY, actor=APPROVER, now=NOW + HOUR)


@pytest.mark.parametrize("what", ["changed", "thrown away", "late", "sensitive"])
def test_nothing_but_what_was_asked_is_approved(log, what):
    with_limits(log, places=1)
    ids = drafts(log, (LIBRARY, "19 10:00", "19 11:00"), (BANK, "19 13:00", "19 14:00"))
    asked = ask(log.services, ids, WHY, actor=OFFICER, now=NOW, random=token_bytes)
    at_last = NOW
    if what == "changed":
        longer = {"end": at("19 11:30"), "remark": "", "contacts_known": False, "disinfected_at": None}
        with log.services.store.read() as db:
            row = places.get(db, ids[0])
        correction = Correction(start=row.start, **longer)
        correct(
            log.services,
            row.place_id,
            replace(correction, end=row.end + HOUR),
            confirmed=False,
            actor=OFFICER,
            now=NOW,
        )
    elif what == "thrown away":
        withdraw(log.services, ids[0], actor=OFFICER, now=NOW)
    elif what == "late":
        at_last = NOW + WAITS
    else:
        sensitive = update(facilities).where(facilities.c.facility_id == LIBRARY).values(sensitive=True)
        log.services.store.write(lambda db: db.execute(sensitive))
    refusal = SensitivePlace if what == "sensitive" else RequestOver
    with pytest.raises(refusal):
        decide(log.services, asked.request_id, approve=True, answer=WHY, actor=APPROVER, now=at_last)
    assert listed(log)["places"] == []
    assert (look(log.services, asked.request_id, NOW)[1] is None) == (what in {"changed", "thrown away"})


def test_one_who_could_publish_alone_need_not_ask(log):
    ids = drafts(log, (LIBRARY, "19 10:00", "19 11:00"))
    with pytest.raises(BadInput):
        ask(log.services, ids, WHY, actor=OFFICER, now=NOW, random=token_bytes)


def test_too_many_publications_in_an_hour_trip_it_and_the_next_hour_is_free(log):
    with_limits(log, per_hour=2)
    for number in range(2):
        ids = drafts(log, (LIBRARY, f"19 1{number}:00", f"19 1{number}:20"), number=f"군포-{number}")
        publish(log.services, ids, actor=OFFICER, now=NOW + timedelta(minutes=number))
    ids = drafts(log, (LIBRARY, "19 14:00", "19 14:20"), number="군포-9")
    with pytest.raises(BreakerTripped) as held:
        publish(log.services, ids, actor=OFFICER, now=NOW + timedelta(minutes=59))
    assert held.value.reasons == ("rate",)
    publish(log.services, ids, actor=OFFICER, now=NOW + timedelta(minutes=60, seconds=1))


def test_a_correction_is_no_way_around_the_breaker(log):
    for number in range(6):
        log.stay(number, LIBRARY, "19 13:00", "19 14:00")
    with_limits(log, people=5, per_hour=1)
    [number] = drafts(log, (LIBRARY, "19 10:00", "19 11:00"))
    with_limits(log, people=6, per_hour=1)
    publish(log.services, [number], actor=OFFICER, now=NOW)
    with_limits(log, people=5, per_hour=1)
    row = {"start": at("19 10:00"), "remark": "", "contacts_known": False, "disinfected_at": None}
    facts = {"confirmed": False, "actor": OFFICER, "now": NOW}
    with pytest.raises(BreakerTripped) as held:
        correct(log.services, number, Correction(end=at("19 13:30"), **row), **facts)
    assert held.value.reasons == ("people", "rate")
    narrower = Correction(end=at("19 10:30"), **row)
    correct(log.services, number, narrower, **facts)  # less is always possible
    assert listed(log)["places"][0]["end"] == "2020-08-19T01:30:00Z"


def test_the_future_is_not_published(log):
    [number] = drafts(log, (LIBRARY, "19 10:00", "19 11:00"))
    with log.services.store.read() as db:
        row = places.get(db, number)
    ahead = replace(row, start=NOW + HOUR, end=NOW + 2 * HOUR)
    log.services.store.write(lambda db: places.change(db, ahead, "corrected"))
    with pytest.raises(BadInput):
        publish(log.services, [number], actor=OFFICER, now=NOW)


def test_the_switch_empties_the_list_at_once_and_another_person_ends_it(log):
    publish(log.services, drafts(log, (LIBRARY, "19 10:00", "19 11:00")), actor=OFFICER, now=NOW)
    assert len(listed(log)["places"]) == 1
    stop_notices(log.services, WHY, actor=OFFICER, now=NOW + HOUR)
    stop_notices(log.services, WHY, actor=APPROVER, now=NOW + HOUR)  # it is stopped already
    stopped = listed(log, NOW + HOUR)
    assert (stopped["places"], stopped["stopped_at"]) == ([], "2020-08-20T04:00:00Z")
    with pytest.raises(OwnRequest):
        resume_notices(log.services, WHY, actor=replace(APPROVER, account_id="A-officer"), now=NOW + HOUR)
    resume_notices(log.services, WHY, actor=APPROVER, now=NOW + 2 * HOUR)
    assert standing_stop(log.services) is None
    with pytest.raises(BadInput):
        resume_notices(log.services, WHY, actor=APPROVER, now=NOW + 2 * HOUR)
    again = listed(log, NOW + 2 * HOUR)
    assert (len(again["places"]), again["stopped_at"]) == (1, None)
    assert again["changed_at"] > stopped["changed_at"]
    assert (audited(log, "notices_stopped"), audited(log, "notices_resumed")) == (1, 1)


def test_the_list_is_signed_small_and_says_nothing_but_places_and_times(log):
    publish(log.services, drafts(log, (LIBRARY, "19 10:00", "19 11:00")), actor=OFFICER, now=NOW)
    signed = signed_list(log.services, NOW, NOW + timedelta(minutes=7))
    log.services.issuer.private.public_key().verify(signed.signature, PREFIX + signed.body.encode())
    assert signed == signed_list(log.services, NOW, NOW + timedelta(hours=2, minutes=59))  # until 15:00
    assert signed.body != signed_list(log.services, NOW, NOW + timedelta(hours=3)).body
    content = json.loads(signed.body)
    assert content["issued_at"] == content["changed_at"] == "2020-08-20T03:00:00Z"  # a change is told at once
    assert content.keys() == {"v", "issued_at", "changed_at", "stopped_at", "rule", "places"}
    [row] = content["places"]
    assert row.keys() == {"facility_id", "name", "start", "end", "by_date", "advice", "stay_minutes", "until"}
    assert (row["facility_id"], row["advice"], row["until"]) == (LIBRARY, "high", "2020-09-02T02:00:00Z")
    assert listed(log, at("30 12:00"))["places"]
    assert listed(log, at("30 12:00") + timedelta(days=4))["places"] == []


def test_requests_and_stops_go_with_their_days(log):
    with_limits(log, places=1)
    ids = drafts(log, (LIBRARY, "19 10:00", "19 11:00"), (BANK, "19 13:00", "19 14:00"))
    ask(log.services, ids, WHY, actor=OFFICER, now=NOW, random=token_bytes)
    stop_notices(log.services, WHY, actor=OFFICER, now=NOW)
    resume_notices(log.services, WHY, actor=APPROVER, now=NOW + HOUR)
    for before, left in ((NOW, True), (NOW + 2 * HOUR, False)):
        log.services.store.write(lambda db, before=before: notices.drop_ended_before(db, before))
        with log.services.store.read() as db:
            assert bool(notices.since(db, NOW)) == left
            assert (notices.newest_stop(db) is not None) == left
