"""What deserves the auditor's look, and what does not."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from entry_service.core.audit_rules import (
    EXPORTS_A_DAY,
    REFUSALS_A_DAY,
    SAME_PERSON_A_MONTH,
    SEARCHES_A_DAY,
    AuditEntry,
    findings,
    is_night,
)
from entry_service.core.times import KST

NOON = datetime(2026, 8, 25, 12, 0, tzinfo=KST)
DAY = NOON.date()
SEARCH = AuditEntry(
    seq=1,
    at=NOON,
    action="phone_searched",
    account_id="officer-1",
    role="officer",
    origin="192.0.2.7",
    purpose="contact_tracing",
    request="",
    case="",
    rows=1,
    outcome="done",
    subjects=1,
)
EXPORT = replace(SEARCH, action="contacts_exported")
REFUSAL = replace(SEARCH, action="refused", outcome="own_request", purpose="")


def found(entries: list[AuditEntry], subjects: dict[int, list[bytes]] | None = None) -> list[tuple]:
    return [(one.rule, one.account_id, one.day, one.count) for one in findings(entries, subjects or {})]


@pytest.mark.parametrize(
    ("entry", "most", "rule"),
    [
        (SEARCH, SEARCHES_A_DAY, "many_searches"),
        (EXPORT, EXPORTS_A_DAY, "many_exports"),
        (REFUSAL, REFUSALS_A_DAY, "refusals"),
    ],
)
def test_many_in_a_day_by_one_account(entry, most, rule):
    assert found([entry] * (most - 1)) == []
    assert found([entry] * most) == [(rule, "officer-1", DAY, most)]
    by_two = [replace(entry, account_id=f"officer-{number % 2}") for number in range(most)]
    over_two_days = [replace(entry, at=NOON + timedelta(days=number % 2)) for number in range(most)]
    assert found(by_two) == found(over_two_days) == []


def test_the_same_person_again_and_again_within_the_month():
    days = range(1, SAME_PERSON_A_MONTH + 1)
    searches = [replace(SEARCH, seq=day, at=NOON + timedelta(days=day)) for day in days]
    same = {entry.seq: [b"one", bytes([entry.seq])] for entry in searches}
    assert found(searches, same) == [("same_person", "officer-1", None, SAME_PERSON_A_MONTH)]
    assert found(searches[1:], same) == []
    assert found(searches, {entry.seq: [bytes([entry.seq])] for entry in searches}) == []


@pytest.mark.parametrize(
    ("hour", "minute", "night"), [(21, 59, False), (22, 0, True), (0, 0, True), (6, 59, True), (7, 0, False)]
)
def test_the_night_is_korean(hour, minute, night):
    at = NOON.replace(hour=hour, minute=minute)
    assert is_night(at) is night
    assert [rule for rule, *_ in found([replace(SEARCH, at=at)])] == ["night"] * night


def test_signing_in_at_night_shows_nobody_a_name():
    assert found([replace(SEARCH, action="sign_in", at=NOON.replace(hour=23))]) == []


def test_names_that_left_without_a_reason():
    bare = replace(EXPORT, purpose="")
    assert found([bare]) == [("no_reason", "officer-1", DAY, 1)]
    assert found([replace(bare, outcome="shift_handover")]) == []
    assert found([replace(bare, action="contacts_read")]) == []


def test_the_services_own_work_and_visitors_are_not_suspects():
    for role in ("service", "visitor"):
        assert found([replace(SEARCH, role=role, at=NOON.replace(hour=3))] * 30) == []
