"""Places are drafted, joined, published, corrected and withdrawn on both databases; no row leads to a case."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from entry_service.core.actors import Actor
from entry_service.core.errors import BadInput, NotFound
from entry_service.core.publication import SensitivePlace
from entry_service.core.remark_rules import WordsRefused
from entry_service.store.cases import published_places as places
from entry_service.store.schema.care_tables import place_changes, published_places
from entry_service.store.schema.tables import facilities
from entry_service.usecases.cases.draft_places import choices, draft_places
from entry_service.usecases.cases.publish import Correction, correct, public_places, publish, withdraw
from entry_service.usecases.cases.register_case import PlaceTold, register_case
from entry_service.vault.checkpoints import AuditUnavailable
from tests.databases import databases, kind  # noqa: F401 - fixtures
from tests.usecases.small_log import BANK, KARAOKE, LIBRARY, SmallLog, at, small_log

NOW = at("20 12:00")
OFFICER = Actor(account_id="A-officer", role="officer", origin="127.0.0.1")
NUMBER = "군포-{}-비밀"


@pytest.fixture
def log(tmp_path, databases, kind):  # noqa: F811
    log_url, vault_url = databases.pair(kind)
    with small_log(tmp_path / "var", NOW, log_url=log_url, vault_url=vault_url) as opened:
        yield opened


def register(log: SmallLog, number: int, *visits: tuple[str, str, str], days: tuple[str, ...] = ()) -> str:
    told = [PlaceTold(facility_id=where, start=at(start), end=at(end)) for where, start, end in visits]
    told += [PlaceTold.on(LIBRARY, at(f"{day} 12:00").date()) for day in days]
    facts = {"onset": date(2020, 8, 16), "specimen_date": None, "passes": [], "now": NOW}
    return register_case(log.services, number=NUMBER.format(number), places=told, **facts).case.case_id


def draft(log: SmallLog, case_id: str | None = None, now=NOW):
    visits = [visit for one in choices(log.services, now, case_id).open for visit in one.visit_ids]
    return draft_places(log.services, visits, by="A-officer", now=now)


def rows(log: SmallLog, state: str = "draft", now=NOW):
    with log.services.store.read() as db:
        return places.live(db, state, now)


def times(many) -> list[tuple[str, object, object]]:
    return [(one.facility.facility_id, one.start, one.end) for one in many]


def show(log: SmallLog, now=NOW) -> int:
    return publish(log.services, [one.place_id for one in rows(log)], actor=OFFICER, now=now)


def test_visits_of_several_cases_at_one_place_become_one_draft_and_sensitive_ones_none(log):
    register(log, 1, (LIBRARY, "19 10:00", "19 11:00"), (KARAOKE, "19 20:00", "19 21:00"))
    register(log, 2, (LIBRARY, "19 10:30", "19 12:00"), (BANK, "19 13:00", "19 13:20"))
    found = choices(log.services, NOW)
    assert found.sensitive == 1
    assert [len(one.visit_ids) for one in found.open] == [2, 1]
    done = draft(log)
    assert (done.made, done.extended, done.known) == (2, 0, 0)
    assert times(rows(log)) == [
        (LIBRARY, at("19 10:00"), at("19 12:00")),
        (BANK, at("19 13:00"), at("19 13:20")),
    ]


def test_a_draft_grows_over_others_that_it_now_reaches_and_keeps_their_remarks(log):
    register(log, 1, (LIBRARY, "19 10:00", "19 11:00"), (LIBRARY, "19 12:00", "19 13:00"))
    draft(log)
    for one, remark in zip(rows(log), ("1층", "2층"), strict=True):
        kept = Correction(start=one.start, end=one.end, remark=remark, contacts_known=False, disinfected_at=None)
        correct(log.services, one.place_id, kept, confirmed=False, actor=OFFICER, now=NOW)
    register(log, 2, (LIBRARY, "19 10:50", "19 12:10"))
    done = draft(log)
    assert (done.made, done.extended, done.known) == (0, 1, 0)
    [only] = rows(log)
    assert times([only]) == [(LIBRARY, at("19 10:00"), at("19 13:00"))]
    assert only.remark == "1층 · 2층"
    assert draft(log).known == 1


def test_a_new_visit_where_all_contacts_of_another_are_known_is_a_row_of_its_own(log):
    first = register(log, 1, (LIBRARY, "19 10:00", "19 12:00"))
    draft(log, first)
    show(log)
    [told] = rows(log, "published")
    known = Correction(start=told.start, end=told.end, remark="", contacts_known=True, disinfected_at=None)
    correct(log.services, told.place_id, known, confirmed=False, actor=OFFICER, now=NOW)
    assert public_places(log.services, NOW) == []
    second = register(log, 2, (LIBRARY, "19 10:30", "19 11:00"))
    assert draft(log, second).made == 1
    show(log)
    [shown] = public_places(log.services, NOW)
    assert (shown.start, shown.end) == (at("19 10:30"), at("19 11:00"))


def test_what_is_published_twice_is_published_once_and_audited_once(log):
    register(log, 1, (LIBRARY, "19 10:00", "19 11:00"))
    draft(log)
    [one] = rows(log)
    assert publish(log.services, [one.place_id, one.place_id], actor=OFFICER, now=NOW) == 1
    assert publish(log.services, [one.place_id], actor=OFFICER, now=NOW) == 0
    assert len(log.services.vault.audit.entries(at("20 00:00"), at("21 00:00"), action="place_published")) == 1


def test_nothing_is_published_that_may_not_be(log, monkeypatch):
    register(log, 1, (LIBRARY, "19 10:00", "19 11:00"), (BANK, "19 13:00", "19 13:20"))
    draft(log)
    library, bank = rows(log)
    with pytest.raises(BadInput):
        publish(log.services, [], actor=OFFICER, now=NOW)
    with pytest.raises(NotFound):
        publish(log.services, [library.place_id, 10**30], actor=OFFICER, now=NOW)
    with pytest.raises(BadInput):
        publish(log.services, [library.place_id], actor=OFFICER, now=library.expires_at)
    with pytest.raises(SensitivePlace):
        draft_places(log.services, hidden_visits(log), by="A-officer", now=NOW)
    make_sensitive(log, BANK)
    with pytest.raises(SensitivePlace):
        publish(log.services, [library.place_id, bank.place_id], actor=OFFICER, now=NOW)
    monkeypatch.setattr(log.services.vault.audit, "append", no_audit)
    with pytest.raises(AuditUnavailable):
        publish(log.services, [library.place_id], actor=OFFICER, now=NOW)
    assert rows(log, "published") == []
    assert public_places(log.services, NOW) == []


def hidden_visits(log: SmallLog) -> list[int]:
    register(log, 9, (KARAOKE, "19 20:00", "19 21:00"))
    with log.services.store.read() as db:
        found = places.candidates(db, NOW - timedelta(days=14))
    return [one.visit_id for one in found if one.facility.sensitive]


def make_sensitive(log: SmallLog, facility_id: str) -> None:
    this = facilities.c.facility_id == facility_id
    log.services.store.write(lambda db: db.execute(update(facilities).where(this).values(sensitive=True)))


def no_audit(*_args: object, **_facts: object) -> int:
    raise AuditUnavailable(reason="test")


def test_a_remark_that_names_a_case_registered_later_is_not_published(log):
    register(log, 1, (LIBRARY, "19 10:00", "19 11:00"))
    draft(log)
    [one] = rows(log)
    kept = Correction(
        start=one.start, end=one.end, remark=NUMBER.format(2), contacts_known=False, disinfected_at=None
    )
    correct(log.services, one.place_id, kept, confirmed=True, actor=OFFICER, now=NOW)
    register(log, 2, (BANK, "19 10:00", "19 11:00"))
    with pytest.raises(WordsRefused):
        show(log)


def test_a_published_row_keeps_its_place_when_it_is_withdrawn_and_a_draft_goes_altogether(log):
    register(log, 1, (LIBRARY, "19 10:00", "19 11:00"), (BANK, "19 13:00", "19 13:20"))
    draft(log)
    library, bank = rows(log)
    publish(log.services, [library.place_id], actor=OFFICER, now=NOW)
    for one in (library, bank):
        withdraw(log.services, one.place_id, actor=OFFICER, now=NOW)
    with log.services.store.read() as db:
        assert [one.place_id for one in places.ended(db, NOW, 9)] == [library.place_id]
        assert [one.act for one in places.changes(db, library.place_id)] == ["drafted", "published", "withdrawn"]
        assert places.changes(db, bank.place_id) == []
    with pytest.raises(NotFound):
        withdraw(log.services, library.place_id, actor=OFFICER, now=NOW)


def test_retention_removes_rows_by_the_end_of_their_last_contact_with_their_history(log):
    register(log, 1, (LIBRARY, "18 10:00", "18 11:00"), (BANK, "19 13:00", "19 13:20"))
    draft(log)
    show(log)
    gone = log.services.store.write(lambda db: places.drop_ended_before(db, at("19 00:00")))
    assert gone == 1
    assert times(rows(log, "published")) == [(BANK, at("19 13:00"), at("19 13:20"))]
    with log.services.store.read() as db:
        left = db.execute(select(place_changes.c.place_id).distinct()).scalars().all()
    assert left == [rows(log, "published")[0].place_id]


visits = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from([LIBRARY, BANK]), st.integers(0, 600), st.integers(1, 90)),
    min_size=1,
    max_size=8,
)


@given(visits, st.integers(0, 14 * 1440))
def test_nothing_that_is_published_leads_to_a_case(plain_log, told, later):
    """Rows of the table, of the list and of the history: no number or id of a case, and fewer rows than visits."""
    log = plain_log
    empty(log)
    by_case: dict[int, list[tuple[str, str, str]]] = {}
    for case, where, start, length in told:
        begin = at("19 00:00") + timedelta(minutes=start)
        visit = (where, f"{begin:%d %H:%M}", f"{begin + timedelta(minutes=length):%d %H:%M}")
        if not any(visit[0] == w and visit[1] < e and s < visit[2] for w, s, e in by_case.setdefault(case, [])):
            by_case[case].append(visit)
    fresh = len(NUMBERS)
    NUMBERS.extend(by_case)
    ids = [register(log, fresh + number, *some) for number, some in enumerate(by_case.values(), start=1)]
    draft(log)
    show(log)
    now = NOW + timedelta(minutes=later)
    shown = public_places(log.services, now)
    with log.services.store.read() as db:
        kept = repr(db.execute(select(published_places)).all()) + repr(db.execute(select(place_changes)).all())
    for text in (repr(shown), kept):
        assert "비밀" not in text
        assert not [case_id for case_id in ids if case_id in text]
    assert len(shown) <= sum(len(some) for some in by_case.values())
    assert all(now < row.until == row.end + timedelta(days=14) for row in shown)
    ends = {row.end for row in rows(log, "published", NOW)}
    assert {row.end for row in shown} <= ends


NUMBERS: list[int] = []  # of the cases that the examples above registered: each needs a new one


@pytest.fixture(scope="module")
def plain_log(tmp_path_factory):
    with small_log(tmp_path_factory.mktemp("plain") / "var", NOW) as opened:
        yield opened


def empty(log: SmallLog) -> None:
    def forget(db) -> None:
        db.execute(place_changes.delete())
        db.execute(published_places.delete())
        db.exec_driver_sql("DELETE FROM index_visits")

    log.services.store.write(forget)


def test_a_correction_changes_what_it_says_and_no_more(log):
    register(log, 1, (LIBRARY, "19 10:00", "19 11:00"), days=("18",))
    draft(log)
    by_day, timed = rows(log)
    assert by_day.by_date
    wanted = Correction(
        start=timed.start, end=at("19 10:30"), remark="2층", contacts_known=False, disinfected_at=at("19 12:00")
    )
    changed = correct(log.services, timed.place_id, wanted, confirmed=False, actor=OFFICER, now=NOW)
    expected = replace(
        timed,
        end=at("19 10:30"),
        remark="2층",
        disinfected_at=at("19 12:00"),
        changed_by="A-officer",
        changed_at=NOW,
    )
    assert changed == expected
    assert rows(log) == [by_day, expected]
    with log.services.store.read() as db:
        query = select(published_places.c.expires_at).where(published_places.c.place_id == timed.place_id)
        assert db.execute(query).scalar() == at("19 10:30") + timedelta(days=14)
