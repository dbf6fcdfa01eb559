"""What a run of destruction does beside its days: requests of operators, days ahead, rows in the audit."""

from datetime import UTC, date, datetime
from secrets import token_bytes

import pytest

from entry_service.core.actors import Actor
from entry_service.core.site_requests import read_asked
from entry_service.core.times import kst_day
from entry_service.store.log import partitions
from entry_service.store.sites import site_requests as register
from entry_service.usecases.cases.close_case import close_case
from entry_service.usecases.retention.purge_cases import destroy_cases
from entry_service.usecases.sites import site_requests
from tests.databases import databases, kind  # noqa: F401

from ..cases.test_disclose import NOW, OFFICER, Office
from ..door import LIBRARY, NOON, open_door
from ..purging import ONE, believed_since, run
from ..small_log import small_log

ASKED = {
    "business_number": "123-45-67891",
    "name": "모의 식당 1호",
    "category": "restaurant",
    "address": "경기도 군포시 산본로 11",
    "telephone": "031-000-0000",
    "consent": "yes",
}


@pytest.fixture
def services(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as door:
        believed_since(door.services)
        yield door.services


def test_requests_that_nobody_decided_and_their_keys_go(services):
    site_requests.ask(services, read_asked(ASKED), now=NOON, random=token_bytes)
    keys = services.settings.key_dir / "requests"

    def kept():
        with services.store.read() as db:
            return len(register.page(db, "waiting", 0, 9)[1]), len(list(keys.iterdir()))

    run(services, NOON + 89 * ONE)
    assert kept() == (1, 1)
    run(services, NOON + 160 * ONE)
    assert kept() == (0, 0)


def test_days_to_come_have_their_partitions(services):
    run(services, NOON + 50 * ONE)
    if services.store.embedded:
        return
    with services.store.read() as db:
        assert kst_day(NOON + 51 * ONE) in partitions.days_made(db)


def test_the_audit_says_how_many_contacts_went_with_which_case(databases, kind, tmp_path):  # noqa: F811
    log_url, vault_url = databases.pair(kind)
    with small_log(tmp_path / "var", NOW, log_url=log_url, vault_url=vault_url) as log:
        office = Office(log)
        office.reveal(LIBRARY)
        close_case(log.services, office.case_id, actor=OFFICER, now=office.now)
        gone_at = office.now + 14 * ONE + ONE
        assert destroy_cases(log.services, gone_at, gone_at) == 1
        entries = log.services.vault.audit.entries(NOW - ONE, gone_at + ONE, limit=500)
        [gone] = [one for one in entries if one.action == "case_file_destroyed"]
        [closed] = [one for one in entries if one.action == "case_closed"]
        assert (gone.rows, gone.case, gone.at) == (3, closed.case, gone_at)


def test_the_audit_says_of_which_year_a_subject_key_went(services):
    officer = Actor(account_id="A-officer", role="officer")
    services.vault.audit.append("phone_searched", officer, now=NOON, subjects=["+821000001234"])
    new_year = datetime(2022, 12, 31, 15, 0, tzinfo=UTC)  # 2023-01-01 00:00 KST
    run(services, new_year, today=date(2023, 1, 1))
    told = services.vault.audit.entries(new_year - ONE, new_year + ONE, action="subject_key_destroyed")
    assert [(one.rows, one.outcome, one.account_id) for one in told] == [(1, "year_2020", "service")]
