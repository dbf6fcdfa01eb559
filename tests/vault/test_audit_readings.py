"""What is read from the audit: budgets, pages, months, who looked at me, what the public is told."""

from datetime import UTC, date, datetime, timedelta

from entry_service.core.actors import Actor
from entry_service.core.times import KST

NOW = datetime(2026, 8, 25, 9, 0, 0, 999_999, tzinfo=UTC)
OFFICER = Actor(account_id="officer-1", role="officer", origin="192.0.2.7")
ANOTHER = Actor(account_id="officer-10", role="officer", origin="192.0.2.8")
PHONE = "+821000001234"
HOUR = timedelta(hours=1)


def test_budgets_count_the_account_alone_and_from_the_moment_on(vault):
    for actor, now, found in ((OFFICER, NOW, 3), (OFFICER, NOW + HOUR, 4), (ANOTHER, NOW + HOUR, 90)):
        vault.audit.append("disclosure_opened", actor, now=now, rows=found)
    vault.audit.append("refused", OFFICER, now=NOW + HOUR, rows=50, outcome="budget_spent")
    of_officer = "disclosure_opened", "officer-1"
    assert vault.audit.count(*of_officer, NOW - HOUR) == 2
    assert vault.audit.rows_since(*of_officer, NOW - HOUR) == 7
    assert vault.audit.rows_since(*of_officer, NOW + HOUR - timedelta(seconds=1)) == 4
    assert vault.audit.count("disclosure_opened", "OFFICER-1", NOW - HOUR) == 0
    assert vault.audit.count("disclosure_opened", "officer_1", NOW - HOUR) == 0  # LIKE's own sign


def test_a_value_that_looks_like_a_field_is_not_taken_for_it(vault):
    sly = Actor(account_id='x","action":"disclosure_opened","y":"', role="officer")
    vault.audit.append("sign_in", sly, now=NOW)
    assert vault.audit.entries(NOW - HOUR, NOW + HOUR, action="disclosure_opened") == []
    assert len(vault.audit.entries(NOW - HOUR, NOW + HOUR, account_id=sly.account_id)) == 1
    assert vault.audit.monthly() == []


def test_entries_are_paged_from_the_newest_and_can_be_narrowed(vault):
    for number in range(7):
        actor = OFFICER if number % 2 else ANOTHER
        vault.audit.append("sign_in" if number < 5 else "case_traced", actor, now=NOW + number * HOUR)
    start, end = NOW - HOUR, NOW.replace(microsecond=0) + 6 * HOUR
    page = vault.audit.entries(start, end, limit=2)
    assert [entry.seq for entry in page] == [6, 5]  # the seventh lies beyond the end
    assert [entry.seq for entry in vault.audit.entries(start, end, limit=4, before_seq=5)] == [4, 3, 2, 1]
    narrowed = vault.audit.entries(start, end, action="sign_in", account_id="officer-1")
    assert [entry.seq for entry in narrowed] == [4, 2]


def test_a_month_is_korean_and_says_who_did_how_much(vault):
    last_second = datetime(2026, 7, 31, 23, 59, 59, tzinfo=KST)
    for now in (last_second, last_second + timedelta(seconds=1), last_second + timedelta(days=31)):
        vault.audit.append("contacts_exported", OFFICER, now=now, purpose="contact_tracing", rows=2)
    vault.audit.append("refused", OFFICER, now=last_second + HOUR, outcome="own_request")
    august = vault.audit.month(2026, 8)
    assert (august.total, august.refused) == (3, 1)
    assert [(one.action, one.acts, one.rows) for one in august.acts] == [
        ("contacts_exported", 2, 4),
        ("refused", 1, 0),
    ]
    assert [entry.seq for entry in august.looks] == [2, 3]
    assert vault.audit.month(2026, 6).total == 0


def test_a_person_is_told_when_why_and_by_which_role_for_two_years(vault):
    searched = datetime(2026, 12, 31, 14, 59, tzinfo=UTC)  # 23:59 in Korea, in the year's last minute
    facts = {"purpose": "contact_tracing", "subjects": [PHONE]}
    vault.audit.append("phone_searched", OFFICER, now=searched, **facts)
    vault.audit.append("disclosure_opened", OFFICER, now=searched + HOUR, subjects=[PHONE, "+821000009999"])
    vault.audit.append("disclosure_opened", OFFICER, now=searched + HOUR, subjects=["+821000009999"])
    told = vault.audit.about(PHONE, searched + HOUR)
    assert [(one.day, one.action, one.role, one.purpose) for one in told] == [
        (date(2027, 1, 1), "disclosure_opened", "officer", ""),
        (date(2026, 12, 31), "phone_searched", "officer", "contact_tracing"),
    ]
    assert not any("officer-1" in str(one) for one in told)
    assert vault.audit.about("+821000005555", searched + HOUR) == []
    assert len(vault.audit.about(PHONE, datetime(2028, 12, 31, 0, 0, tzinfo=UTC))) == 2
    assert len(vault.audit.about(PHONE, datetime(2029, 1, 1, 0, 0, tzinfo=UTC))) == 1


def test_the_public_months_count_requests_people_and_deletions(vault):
    august, september = NOW, NOW + timedelta(days=10)
    for action, now, number in (
        ("disclosure_asked", august, 5),
        ("disclosure_approved", august, 5),
        ("disclosure_opened", august, 5),
        ("disclosure_asked", august, 2),
        ("disclosure_returned", august, 2),
        ("phone_searched", august, 9),
        ("day_destroyed", september, 120),
        ("day_destroyed", september, 80),
        ("visitor_deleted_own", september, 1),
    ):
        vault.audit.append(action, OFFICER, now=now, rows=number)
    newest, oldest = vault.audit.monthly()
    assert (newest.year, newest.month, oldest.year, oldest.month) == (2026, 9, 2026, 8)
    assert (oldest.asked, oldest.approved, oldest.returned, oldest.opened, oldest.people) == (2, 1, 1, 1, 5)
    assert (newest.days_destroyed, newest.contacts_destroyed, newest.deleted_by_visitors) == (2, 200, 1)
