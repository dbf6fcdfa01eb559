"""Who is not two people: accounts enrolled just now, and whoever writes into the vault's database."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from entry_service.core.actors import Actor
from entry_service.vault.asked import RequestAltered
from entry_service.vault.audit_rows import read_body
from entry_service.vault.factors import FactorNew, FactorRefused
from entry_service.vault.tables import audit, disclosure_passes, disclosures

from . import two_people
from .conftest import DAY, pid
from .two_people import APPROVER, HALF_MINUTE, OFFICER, SECOND_OFFICER, actions, deposit, filed, office


@pytest.fixture
def here(vault):
    return office(vault)


def test_two_accounts_that_were_enrolled_just_now_are_not_yet_two_people(here):
    """A web process that was taken over can enrol whom it likes; the vault makes it wait, and writes it down."""
    passes = deposit(here.vault, range(1))
    ghost = Actor(account_id="A-ghost", role="officer")
    shade = Actor(account_id="A-shade", role="approver")
    here.enrol(ghost, shade, ago=timedelta(minutes=1))
    begun = here.now
    with pytest.raises(FactorNew) as new:
        here.ask(passes, ghost)
    assert "2020-08-27 09:59부터" in new.value.sentence
    request = here.ask(passes)
    with pytest.raises(FactorNew):
        here.approve(request, shade)
    here.vault.factors.reset(APPROVER.account_id)  # somebody else's factor, begun anew, is no older
    here.enrol(APPROVER, ago=timedelta(0))
    with pytest.raises(FactorNew):
        here.approve(request)
    assert here.vault.disclosures.find(request.request_hash).decision == ""
    assert actions(here.vault).count(("refused", "factor_new")) == 3
    with here.vault.store.read() as db:
        rows = [read_body(body) for body in db.execute(select(audit.c.body)).scalars()]
    assert {"A-ghost", "A-shade"} < {row.account_id for row in rows if row.action == "factor_changed"}
    here.now = begun + timedelta(hours=24)
    assert here.approve(here.ask(passes, ghost), shade).decision == "approved"


def test_a_code_that_was_too_early_is_not_spent_and_a_wrong_one_is_written_down(opened):
    here = two_people.Office(opened(factor_wait=timedelta(minutes=10)))
    passes = deposit(here.vault, range(1))
    here.enrol(OFFICER, ago=timedelta(minutes=9))
    early = here.code(OFFICER)
    with pytest.raises(FactorNew):
        here.ask(passes, code=early)
    here.now += HALF_MINUTE
    here.ask(passes, code=early)
    with pytest.raises(FactorRefused):
        here.ask(passes, code=early)
    assert actions(here.vault) == [
        ("refused", "factor_new"),
        ("disclosure_asked", "done"),
        ("refused", "factor_refused"),
    ]


@pytest.mark.parametrize("edit", ["content", "add", "swap", "evidence", "case", "asker"])
def test_whoever_edits_the_database_after_the_approval_opens_nothing(here, edit):
    passes = deposit(here.vault, range(4))
    request = here.ask(passes[:2])
    here.approve(request)
    this = disclosure_passes.c.request_hash == request.request_hash
    mine = disclosures.c.request_hash == request.request_hash
    row = {"request_hash": request.request_hash, "day": DAY, "pid": pid(3), "evidence": passes[3].evidence}
    actor = SECOND_OFFICER if edit == "asker" else OFFICER
    with here.vault.store.read() as db:
        edited = db.execute(select(disclosures.c.content).where(mine)).scalar_one().replace("001", "002")
    here.vault.store.write(
        lambda db: {
            "content": lambda: db.execute(update(disclosures).where(mine).values(content=edited)),
            "add": lambda: db.execute(insert(disclosure_passes).values(**row)),
            "swap": lambda: db.execute(
                update(disclosure_passes).where(this, disclosure_passes.c.pid == pid(0)).values(pid=pid(3))
            ),
            "evidence": lambda: db.execute(update(disclosure_passes).where(this).values(evidence="[]")),
            "case": lambda: db.execute(update(disclosures).where(mine).values(case_id="another")),
            "asker": lambda: db.execute(update(disclosures).where(mine).values(asked_by=actor.account_id)),
        }[edit]()
    )
    with pytest.raises(RequestAltered):
        here.open(request, actor)
    assert filed(here.vault) == 0
    assert actions(here.vault)[-1] == ("refused", "request_altered")


@pytest.mark.parametrize("by", [APPROVER, OFFICER])
def test_a_decision_that_was_only_written_into_the_database_opens_nothing(here, by):
    request = here.ask(deposit(here.vault, range(2)))
    here.approve(here.ask(deposit(here.vault, [3]), case_id="another"))
    mine = update(disclosures).where(disclosures.c.request_hash == request.request_hash)
    forged = {"decision": "approved", "decided_by": by.account_id, "decided_at": here.now}
    here.vault.store.write(lambda db: db.execute(mine.values(**forged)))
    with pytest.raises(RequestAltered):
        here.open(request)
    assert filed(here.vault) == 0
