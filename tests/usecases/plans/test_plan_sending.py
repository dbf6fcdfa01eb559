"""Two plans of one day: which holds for whom, what carries over, and who may note what."""

from datetime import timedelta

import pytest

from entry_service.core.actors import Actor
from entry_service.core.disinfection import FieldCheck, standing_note
from entry_service.core.errors import BadInput
from entry_service.store.plans import field_checks, plans
from entry_service.store.sites import accounts
from entry_service.usecases.plans.change_plan import give_team, move_stop
from entry_service.usecases.plans.field_work import NotOwnStop, note_checks, work_newest, work_today
from entry_service.usecases.plans.plan_folder import find_plan
from entry_service.usecases.plans.plan_now import plan_now
from entry_service.usecases.plans.plan_sending import send_out, sending_of
from tests.field_notes import DAY, HOUR, NOON, check, given
from tests.web.planned import at, plan_of, usual_stops, write_plan

from ..small_log import SmallLog, small_log
from .test_field_work import told

OFFICER, TEAM = Actor(account_id="A-officer", role="officer"), Actor(account_id="A-field", role="field")
OLD, NEW, NIGHT = "plan-1", "plan-2", "plan-3"
EARLIER = {"started_at": NOON - 2 * HOUR, "ended_at": NOON - HOUR}


@pytest.fixture
def log(tmp_path):
    """Return a log with a plan that was sent out, whose team 1 is an account, and a newer one."""
    with small_log(tmp_path, NOON) as opened:
        for name in (OLD, NEW):
            write_plan(tmp_path, plan_of(name, usual_stops()))
        night = plan_of(NIGHT, usual_stops())
        night["parameters"] |= {"begin": at(DAY, 22).isoformat(), "hours": 4.0}
        write_plan(tmp_path, night)
        opened.services.store.write(lambda db: plans.give_team(db, given(1)))
        send(opened, OLD)
        yield opened


def send(log: SmallLog, plan_id: str):
    return send_out(log.services, plan_id, actor=OFFICER, now=NOON)


def works(log: SmallLog, now=NOON) -> str | None:
    work = work_today(log.services, "A-field", now)
    return work and work.now.plan.id


def note(log: SmallLog, **facts):
    [result] = note_checks(log.services, [told(**facts)], actor=TEAM, device_now=None, now=NOON)
    return result


def test_the_newer_plan_replaces_the_older_once_it_is_sent_out_and_takes_over_its_teams(log):
    assert works(log) == OLD
    [taken] = send(log, NEW)
    assert (taken.account_id, taken.team) == ("A-field", 1)
    assert works(log) == NEW
    assert work_newest(log.services, "A-field").now.plan.id == NEW
    with log.services.store.read() as db:
        old = sending_of(log.services, db, find_plan(log.services.settings.var, OLD))
    assert (old.holds, old.replaced_by.id) == (False, NEW)
    assert send(log, OLD) == []  # back to it
    assert works(log) == OLD


def test_who_was_taken_off_the_new_plan_is_not_taken_over_and_stays_on_no_old_one(log):
    log.services.store.write(lambda db: plans.give_team(db, given(None, plan=NEW)))
    assert send(log, NEW) == []
    assert works(log) is None


def test_a_shift_of_other_hours_replaces_nothing_and_goes_on_after_midnight(log):
    log.services.store.write(lambda db: plans.give_team(db, given(1, plan=NIGHT)))
    assert send(log, NIGHT) == []
    assert works(log) == OLD
    assert works(log, at(DAY, 21)) == NIGHT
    for hour in (0, 1, 3):
        assert works(log, at(DAY + timedelta(days=1), hour)) == NIGHT
    assert works(log, at(DAY + timedelta(days=1), 5)) is None


def test_what_was_done_carries_over_and_what_could_not_be_done_is_open_again(log):
    note(log)
    note(log, check_id="check-0002", stop_id="d-GP-003", state="could_not", obstacle="closed", **EARLIER)
    send(log, NEW)
    [library, market] = work_today(log.services, "A-field", NOON).team.stops
    assert (library.done, library.check.plan_id) == (True, OLD)
    assert (market.check, [one.obstacle for one in market.checks]) == (None, ["closed"])
    late = note(log, check_id="check-0003", stop_id="d-GP-003")  # from a phone that knew of the old plan alone
    assert isinstance(late, FieldCheck)
    assert plan_now(log.services, NEW).teams[0].done == 2


def test_a_team_notes_its_own_stops_only_and_an_attempt_is_in_the_audit(log):
    assert isinstance(note(log, check_id="check-0004", stop_id="v-41410590"), NotOwnStop)
    assert isinstance(note(log, check_id="check-0005", team=2), NotOwnStop)
    log.services.store.write(lambda db: plans.give_team(db, given(1, plan=NEW)))
    assert isinstance(note(log, check_id="check-0006", plan_id=NEW), NotOwnStop)  # not sent out
    rows = log.services.vault.audit.entries(NOON - HOUR, NOON + HOUR, action="refused")
    assert [(row.account_id, row.outcome) for row in rows] == [("A-field", "not_own_stop")] * 3
    with log.services.store.read() as db:
        assert field_checks.of_day(db, DAY) == {}


def test_a_stop_that_changed_teams_may_be_noted_by_both(log):
    move_stop(log.services, OLD, "v-41410590", 1, "", actor=OFFICER, now=NOON)
    assert isinstance(note(log, stop_id="v-41410590", agent="", ppm=None), FieldCheck)
    move_stop(log.services, OLD, "d-GP-001", 2, "", actor=OFFICER, now=NOON)
    assert isinstance(note(log, check_id="check-0002"), FieldCheck)  # it was there before it knew


def test_an_account_is_one_team_of_a_plan(log):
    account = accounts.Account(
        account_id="A-field",
        login="field",
        role="field",
        facility_id=None,
        password_hash="none",
        created_at=NOON,
    )
    log.services.store.write(lambda db: accounts.add(db, account))
    with pytest.raises(BadInput, match="account_id"):
        give_team(log.services, OLD, "A-field", 2, actor=OFFICER, now=NOON)
    for team in (None, 2):
        give_team(log.services, OLD, "A-field", team, actor=OFFICER, now=NOON)
    assert work_today(log.services, "A-field", NOON).team.team == 2


def test_only_another_plans_done_counts_here():
    done = check(plan_id=OLD)
    failed = check("check-0002", plan_id=OLD, state="could_not", judged_at=NOON + HOUR)
    own = check("check-0003", plan_id=NEW, state="could_not", judged_at=NOON - HOUR)
    assert standing_note([], NEW) is None
    assert standing_note([done, own], NEW) == done
    assert standing_note([failed, done], NEW) is None
    assert standing_note([failed, done, own], NEW) == own
    assert standing_note([failed, done], OLD) == failed
