"""An officer's search by phone: written down and counted here, before the blind indexes are asked.

The web side names the officer and the case, nothing else: it cannot search without the row, nor beyond the budget.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from entry_service.core.actors import Actor
from entry_service.core.contacts import normalise_subject
from entry_service.core.drills import is_drill_case
from entry_service.core.errors import EntryError, NotAllowed
from entry_service.core.times import day_start, kst_day
from entry_service.store.database.engine import Store

from .audit import Audit
from .records import Pass
from .turns import Turns


class LookupBudgetSpent(EntryError):
    """The officer has made as many searches by phone today as the settings allow."""

    status, code = 429, "lookup_budget_spent"
    sentence = "오늘 할 수 있는 전화번호 조회를 모두 썼습니다. 내일 다시 조회하시기 바랍니다."


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """What one officer may do in a Korean day: searches by phone, and contacts that are opened."""

    searches: int = 50
    contacts: int = 1_000


class Searched(Protocol):
    """What searches need of the vault."""

    audit: Audit
    budgets: Budgets
    store: Store

    def find_passes(self, phone_or_code: str, days: list[date]) -> list[Pass]:
        """Return the passes that carried a number on those days."""


class Searches:
    """The searches by phone in one vault."""

    def __init__(self, vault: Searched) -> None:
        """Search the vault's blind indexes."""
        self._vault = vault
        self._counting = Turns(vault.store, b"searches")  # else two at the limit would share the last search

    def passes(
        self, phone_or_code: str, days: list[date], case_id: str, actor: Actor, now: datetime
    ) -> list[Pass]:
        """Return the passes that carried a number on those of the days whose key lives, for the case's sake.

        The row with the keyed number is durable before anything is looked up; a refusal is a row too.

        Raises
        ------
        BadInput
            Neither a phone nor a personal safety code; nothing is written.
        NotAllowed, LookupBudgetSpent
            Not an officer, or for the case of a drill; as many searches today as one may make.
        AuditUnavailable
            Nothing was looked up.
        """
        subject = normalise_subject(phone_or_code)
        audit = self._vault.audit
        with self._counting.one():
            may = actor.role == "officer" and not is_drill_case(case_id)  # nobody is looked up for a drill
            refusal: EntryError | None = None if may else NotAllowed()
            made = audit.count("phone_searched", actor.account_id, day_start(kst_day(now)))
            if made >= self._vault.budgets.searches:
                refusal = LookupBudgetSpent()
            if refusal is not None:
                audit.append("refused", actor, now=now, case_id=case_id, outcome=refusal.code)
                raise refusal
            facts = {"purpose": "contact_tracing", "case_id": case_id, "subjects": [subject]}
            audit.append("phone_searched", actor, now=now, **facts)
        return self._vault.find_passes(subject, days)
