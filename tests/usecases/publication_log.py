"""A small log with an officer and an approver, drafts of places in it, and what is published."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from entry_service.core.actors import Actor
from entry_service.core.breaker import Limits
from entry_service.store.cases import published_places as places
from entry_service.store.sites import accounts
from entry_service.usecases.cases.draft_places import choices, draft_places
from entry_service.usecases.cases.notice_list import signed_list
from entry_service.usecases.cases.register_case import PlaceTold, register_case
from tests.databases import Databases, Kind
from tests.usecases.small_log import SmallLog, at, small_log

NOW = at("20 12:00")
HOUR = timedelta(hours=1)
OFFICER = Actor(account_id="A-officer", role="officer", origin="127.0.0.1")
APPROVER = Actor(account_id="A-approver", role="approver", origin="127.0.0.1")
WHY = "시각을 다시 확인했습니다"


def opened_log(tmp_path: Path, databases: Databases, kind: Kind) -> Iterator[SmallLog]:
    """Give the log on one of the two databases, for a fixture."""
    log_url, vault_url = databases.pair(kind)
    with small_log(tmp_path / "var", NOW, log_url=log_url, vault_url=vault_url) as opened:

        def people(db) -> None:
            for role in ("officer", "approver"):
                facts = {"login": role, "role": role, "facility_id": None, "password_hash": "!", "created_at": NOW}
                accounts.add(db, accounts.Account(account_id=f"A-{role}", **facts))

        opened.services.store.write(people)
        yield opened


def drafts(log: SmallLog, *visits: tuple[str, str, str], number: str = "군포-1", now=NOW) -> list[int]:
    told = [PlaceTold(facility_id=where, start=at(start), end=at(end)) for where, start, end in visits]
    facts = {"onset": None, "specimen_date": now.date(), "passes": [], "now": now}
    case = register_case(log.services, number=number, places=told, **facts).case
    found = choices(log.services, now, case.case_id).open
    draft_places(log.services, [visit for one in found for visit in one.visit_ids], by="A-officer", now=now)
    with log.services.store.read() as db:
        return [one.place_id for one in places.live(db, "draft", now)]


def with_limits(log: SmallLog, **changed: int) -> None:
    limits = replace(Limits(), **changed)
    object.__setattr__(log.services, "settings", replace(log.services.settings, notice_limits=limits))


def listed(log: SmallLog, now=NOW) -> dict:
    return json.loads(signed_list(log.services, now, now).body)


def audited(log: SmallLog, action: str) -> int:
    day = timedelta(days=1)
    return len(log.services.vault.audit.entries(NOW - day, NOW + 2 * day, action=action))
