"""The usefulness report: what was found and what not, assumptions and costs, counts that outlive their days."""

from datetime import date, timedelta

import pytest

from entry_service.core.actors import Actor
from entry_service.core.errors import BadInput, NotFound
from entry_service.core.retention import Reading
from entry_service.core.times import kst_day
from entry_service.core.usefulness import CaseResult, assumptions, count_bounds, share, total_bounds, usefulness
from entry_service.store.cases import cases
from entry_service.store.cases import usefulness as kept
from entry_service.store.retention import sunset
from entry_service.usecases.cases import follow_up
from entry_service.usecases.cases.close_case import close_case
from entry_service.usecases.cases.register_case import register_case
from entry_service.usecases.cases.usefulness import keep_results, set_figures
from entry_service.usecases.cases.usefulness import report as reported
from entry_service.usecases.drills.drill_clean import score
from entry_service.usecases.drills.drills import go_unattended, play_doors, prepare_drill, register_drill
from entry_service.usecases.retention.purge import purge
from entry_service.usecases.retention.purge_cases import destroy_cases
from tests.databases import databases, kind
from tests.usecases.cases.test_disclose import NOW, OFFICER, Office
from tests.usecases.small_log import small_log

from ..drilling import drawn as random_bytes
from ..drilling import hang_posters

__all__ = ["databases", "kind"]
ADMIN = Actor(account_id="A-admin", role="admin")
SITES = 1  # that the contacts of the first case are asked for


@pytest.fixture
def office(tmp_path, databases, kind):
    log_url, vault_url = databases.pair(kind)
    with small_log(tmp_path / "var", NOW, log_url=log_url, vault_url=vault_url) as log:
        yield Office(log)


def report(services, now):
    """Return the report after the hourly job has kept what is known."""
    keep_results(services)
    return reported(services, now)


def worked(office) -> None:
    """Find three contacts for the first case, reach two; a second case has no visit in the log."""
    office.reveal("GP-001")
    for number in (1, 2):
        follow_up.note_state(office.services, office.case_id, number, "called", actor=OFFICER, now=office.now)
    facts = {"onset": date(2020, 8, 15), "specimen_date": None, "places": [], "passes": [], "now": office.now}
    register_case(office.services, number="군포-13", **facts)


def test_it_says_what_was_found_and_where_it_did_not_help(office):
    worked(office)
    told = report(office.services, office.now)
    whole, [month] = told.whole, told.months
    assert (whole.cases, whole.requests, whole.contacts, whole.reached) == (2, 1, 3, 2)
    assert (whole.unhelped_no_visit, whole.unhelped_no_contact, whole.unreached, whole.lost) == (1, 0, 1, 0)
    minutes = {one.per: one.minutes for one in assumptions() if one.per == "site"}
    minutes["contact"] = sum(one.minutes for one in assumptions() if one.per == "contact")
    with office.services.store.read() as db:
        asked = max(one.sites for one in kept.results(db))
    assert asked == SITES
    assert whole.hours.value == pytest.approx((3 * minutes["contact"] + asked * minutes["site"]) / 60)
    assert whole.hours.low < whole.hours.value < whole.hours.high
    assert whole.minutes == pytest.approx(1.0)
    assert (month.month, month.contacts) == ("2020-08", 3)
    assert whole.helped.value == 0.5


def test_a_cost_is_asked_for_and_never_invented(office):
    worked(office)
    assert report(office.services, office.now).whole.cost is None
    entered = {
        "cost_once": ("3,000,000", "계약서"),
        "cost_month": ("600000", "청구서"),
        "minutes_ask": ("20", "측정"),
    }
    set_figures(office.services, entered, actor=ADMIN, now=office.now)
    later = office.now + timedelta(days=31)
    told = report(office.services, later)
    assert (told.whole.cost, told.whole.cost_missing) == (None, ("started_on",))
    entered["started_on"] = ("2020-06-15", "시작 공문")
    set_figures(office.services, entered, actor=ADMIN, now=office.now)
    told = report(office.services, later)
    assert told.whole.cost.value == pytest.approx((3_000_000 + 4 * 600_000) / 3)
    assert told.whole.cost.low < told.whole.cost.value < told.whole.cost.high
    assert told.months[0].cost.value == pytest.approx(600_000 / 3)
    assert told.whole.hours.value == pytest.approx((3 * (3 + 4) + SITES * 20) / 60)
    ended = sunset.Ending(ends_at=office.now - timedelta(days=31), early=False, proof="")
    office.services.store.write(lambda db: sunset.keep(db, ended))
    told = report(office.services, later)
    assert told.whole.cost.value == pytest.approx((3_000_000 + 2 * 600_000) / 3)
    assert (told.months[0].cost, told.months[0].cost_missing) == (None, ())  # it did not run any more
    del entered["cost_month"]
    set_figures(office.services, entered, actor=ADMIN, now=office.now)
    told = report(office.services, later)
    assert (told.whole.cost_missing, told.months[0].cost_missing) == (("cost_month",), ("cost_month",))
    set_figures(office.services, {}, actor=ADMIN, now=later)
    assert report(office.services, later).whole.cost is None


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"cost_once": ("-1", "x")}, "cost_once"),
        ({"cost_once": ("많이", "x")}, "cost_once"),
        ({"cost_month": ("1", " ")}, "cost_month_source"),
        ({"minutes_ask": ("9999999999999", "x")}, "minutes_ask"),
        ({"started_on": ("6월", "x")}, "started_on"),
        ({"started_on": ("2020-12-01", "x")}, "started_on"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_field_and_nothing_is_kept(office, typed, field):
    with pytest.raises(BadInput) as refused:
        set_figures(office.services, {"minutes_read": ("5", "측정"), **typed}, actor=ADMIN, now=office.now)
    assert refused.value.facts["field"] == field
    with office.services.store.read() as db:
        assert kept.figures(db) == {}


def test_counts_outlive_the_case_file_and_the_days(office):
    worked(office)
    close_case(office.services, office.case_id, actor=OFFICER, now=office.now)
    then = office.now + timedelta(days=60)
    assert destroy_cases(office.services, then, then) == 1
    whole = report(office.services, then).whole
    assert (whole.cases, whole.contacts, whole.reached, whole.unhelped_no_visit) == (2, 3, 2, 1)


def test_a_case_that_did_not_help_stays_where_it_was_counted_when_its_days_and_it_are_gone(office):
    """One with visits and no list of contacts: its visits go with their day, it goes without a file."""
    close_case(office.services, office.case_id, actor=OFFICER, now=office.now)
    then = office.now + timedelta(days=60)
    purge(office.services, Reading(wall=then, boot_id="one", boot_seconds=1e7), today=kst_day(then))
    with office.services.store.read() as db, pytest.raises(NotFound):
        cases.find_case(db, office.case_id)
    whole = reported(office.services, then).whole
    assert (whole.cases, whole.unhelped_no_contact, whole.unhelped_no_visit) == (1, 1, 0)


def test_a_case_is_counted_before_it_is_deleted_whoever_deletes_it(office):
    facts = {"onset": date(2020, 8, 15), "specimen_date": None, "places": [], "passes": [], "now": office.now}
    one = register_case(office.services, number="군포-13", **facts).case
    close_case(office.services, one.case_id, actor=OFFICER, now=office.now)
    then = office.now + timedelta(days=60)
    destroy_cases(office.services, then, then)
    with office.services.store.read() as db:
        assert one.case_id in {result.result_id for result in kept.results(db)}


def test_who_reads_writes_nothing_and_what_did_not_change_is_not_written_again(office, monkeypatch):
    worked(office)
    assert keep_results(office.services) == 2
    monkeypatch.setattr(office.services.store, "write", None)
    monkeypatch.setattr(office.services.vault.disclosures, "of_cases", None)
    assert reported(office.services, office.now).whole.contacts == 3
    monkeypatch.undo()
    monkeypatch.setattr(office.services.store, "write", None)
    assert keep_results(office.services) == 0


def test_the_vault_is_asked_once_for_all_cases_and_of_calls_only_where_there_is_a_list(office, monkeypatch):
    worked(office)
    vault, calls = office.services.vault, []

    def counting(room, name):
        known = getattr(room, name)
        monkeypatch.setattr(room, name, lambda *given: calls.append(name) or known(*given))

    counting(vault.disclosures, "of_cases")
    counting(vault.case_files, "states")
    monkeypatch.setattr(vault.disclosures, "of_case", None)
    assert keep_results(office.services) == 2
    assert sorted(calls) == ["of_cases", "states"]


def test_a_drill_is_told_apart_and_is_no_case(office):
    hang_posters(office.log)
    worked(office)
    facts = {"sites": 2, "contacts": 4, "actor": OFFICER, "random": random_bytes()}
    begun = prepare_drill(office.services, **facts, now=office.now)
    play_doors(office.services, begun.drill_id, now=office.now, random=random_bytes())
    later = office.now + timedelta(minutes=1)
    register_drill(office.services, begun.drill_id, actor=OFFICER, now=later)
    go_unattended(office.services, begun.drill_id, now=later)
    score(office.services, begun.drill_id, now=later)
    whole = report(office.services, later).whole
    assert (whole.cases, whole.contacts, whole.drills) == (2, 3, 0)  # nobody attended it


def test_contacts_of_one_case_come_together_and_its_sites_are_asked_once_each():
    """Ten contacts of one case say less than ten of ten; one a case has nearly the bounds of a count."""
    facts = {"month": "2020-08", "visits": 1, "requests": 1, "lost": 0, "reached": 0, "minutes": None}
    one = [CaseResult(result_id="1", contacts=10, sites=2, **facts)]
    ten = [CaseResult(result_id=str(n), contacts=1, sites=1, **facts) for n in range(10)]
    together, apart = (usefulness("", cases, {}, 0) for cases in (one, ten))
    assert together.hours.value == pytest.approx((10 * 7 + 2 * 10) / 60)
    assert apart.hours.value == pytest.approx((10 * 7 + 10 * 10) / 60)
    assert together.hours.high / together.hours.value > 5
    low, high = count_bounds(10)
    assert abs(total_bounds([1] * 10).low - low) < 0.6
    assert abs(total_bounds([1] * 10).high - high) < 0.6
    assert total_bounds([]).high > 3


def test_small_numbers_have_wide_bounds():
    """Against tables: Wilson for 8 of 10, exact Poisson bounds of 3 within a tenth."""
    eight = share(8, 10)
    assert (round(eight.low, 3), round(eight.high, 3)) == (0.490, 0.943)
    low, high = count_bounds(3)
    assert abs(low - 0.619) < 0.1
    assert abs(high - 8.767) < 0.1
    assert count_bounds(0)[0] == 0.0
    assert share(0, 0) is None
